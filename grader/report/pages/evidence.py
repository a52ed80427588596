"""What was seen of a mistake, taken apart: what was called, came back and was expected, and the student's own line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.model import Said, Verdict
from grader.report.escape import Translate, message, one_line
from grader.report.points import shown
from grader.report.verdicts import hint_of

_TRAIN = "train(model, train_loader, criterion, optimizer, n_epochs, device)"
_CALLED = (
    ("structure/loads", "import net, objective, training"),
    ("structure/builds", "Net()"),
    ("structure/", "Net()(images)"),
    ("dropout/", "model(images)"),
    ("objective/holds-parameters", "make_optimizer(model)"),
    ("objective/step-lowers-loss", "make_optimizer(model).step()"),
    ("objective/", "make_criterion()(scores, labels)"),
    ("training/", _TRAIN),
    ("accuracy/finishes", _TRAIN),
    ("accuracy/", "model(test_images)"),
)
"""What is called for a test, by how its id begins; the first that fits counts."""
_NOWHERE = frozenset({"outcome/error-nowhere", "outcome/signature"})
"""Messages whose `code` is what the grader called, since no line of the submission was running."""
_MOST_CHARACTERS = 300


@dataclass(frozen=True)
class Evidence:
    """Plain text, fit to be shown; "" for what is not known."""

    called: str = ""
    got: str = ""
    expected: str = ""
    where: str = ""
    code: str = ""


def _mappings(data: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """`data`, and that of the messages within it."""
    yield data
    for value in data.values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Said):
                yield from _mappings(part.data)


def _text(value: object, translate: Translate) -> str:
    if isinstance(value, Said):
        return message(translate, value.hint, value.data)
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None or isinstance(value, tuple) else one_line(str(value), _MOST_CHARACTERS)


def _called(verdict: Verdict) -> str:
    return next((call for start, call in _CALLED if verdict.test.startswith(start)), "")


def _accuracy(data: Mapping[str, object]) -> Evidence | None:
    accuracy, bar = data.get("accuracy"), data.get("bar")
    if isinstance(accuracy, int | float) and isinstance(bar, int | float):
        return Evidence(got=f"{accuracy:g} %", expected=f"≥ {shown(bar)} %")
    return None


def evidence_of(verdict: Verdict, translate: Translate) -> Evidence:
    """What was seen of the mistake that `verdict` tells of."""
    hint, data = hint_of(verdict)
    found: dict[str, object] = {}
    for mapping in _mappings(data):
        for name, value in mapping.items():
            found.setdefault(name, value)
    reached = _accuracy(found)
    if reached is not None:
        return Evidence(_called(verdict), reached.got, reached.expected)
    where, code = _text(found.get("where"), translate), _text(found.get("code"), translate)
    limit = found.get("limit")
    expected = found.get("expected", None if limit is None else f"≤ {_text(limit, translate)}")
    called = _called(verdict)
    if hint in _NOWHERE:
        called, code = code or called, ""
    return Evidence(
        called=called,
        got=_text(found.get("exception", found.get("got")), translate),
        expected=_text(expected, translate),
        where=where,
        code=code if where else "",
    )
