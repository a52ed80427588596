"""Evidence of a mistake, taken apart.

It has what was called, came back and was expected, and the student's own line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from grader.model import Said, Verdict
from grader.report.escape import Translate, markdown_message, message, one_line
from grader.report.points import shown
from grader.report.verdicts import hint_of
from grader.report.words import decimal, said_in_markdown

_TRAIN = "train(model, train_loader, criterion, optimizer, n_epochs, device)"
_NAMES = "Net; make_criterion, make_optimizer, BATCH_SIZE, N_EPOCHS; train"
_CALLED = (
    ("structure/loads", "import net, objective, training", _NAMES),
    ("structure/builds", "Net()", "nn.Module"),
    ("structure/output-shape", "Net()(images)", "(N, 10)"),
    ("structure/", "Net()(images)", ""),
    ("dropout/", "model(images)", ""),
    ("objective/holds-parameters", "make_optimizer(model)", "torch.optim.Optimizer"),
    ("objective/step-lowers-loss", "make_optimizer(model).step()", ""),
    ("objective/scalar-loss", "make_criterion()(scores, labels)", "tensor(…), shape ()"),
    ("objective/", "make_criterion()(scores, labels)", ""),
    ("training/runs", _TRAIN, "list[float], len = n_epochs"),
    ("training/", _TRAIN, ""),
    ("accuracy/finishes", _TRAIN, ""),
    ("accuracy/", "model(test_images)", ""),
)
"""The call that a test makes, and its minimal outcome. Keys are how the test's id begins; the first that fits counts.

It is code, and the same in all languages.
"""
_NOWHERE = frozenset({"outcome/error-nowhere", "outcome/signature"})
"""Messages whose `code` is what the grader called. No line of the submission was running then."""
_MOST_CHARACTERS = 300
_LONG = 10_000
"""The number from which digits are grouped."""


@dataclass(frozen=True)
class Evidence:
    """Evidence as plain text, fit to be shown. "" stands for what is not known."""

    called: str = ""
    got: str = ""
    expected: str = ""
    is_number: bool = False
    """Whether what came back is a measured number."""
    where: str = ""
    code: str = ""


def grouped(number: float) -> str:
    """Format a whole number with thin spaces between thousands."""
    return f"{round(number):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _mappings(data: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Yield `data`, and that of the messages within it."""
    yield data
    for value in data.values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Said):
                yield from _mappings(part.data)


def _text(value: object, translate: Translate) -> str:
    if isinstance(value, Said):
        return message(translate, value.hint, value.data)
    if isinstance(value, int) and abs(value) >= _LONG:
        return grouped(value)
    if isinstance(value, float):
        return decimal(f"{value:.6g}", translate)
    return "" if value is None or isinstance(value, tuple) else one_line(str(value), _MOST_CHARACTERS)


def _called(verdict: Verdict) -> tuple[str, str]:
    """Return a test's call and its expected outcome."""
    return next(((call, comes) for start, call, comes in _CALLED if verdict.test.startswith(start)), ("", ""))


def _accuracy(data: Mapping[str, object], translate: Translate) -> Evidence | None:
    accuracy, bar = data.get("accuracy"), data.get("bar")
    if isinstance(accuracy, int | float) and isinstance(bar, int | float):
        got, expected = decimal(f"{accuracy:g}", translate), decimal(shown(bar), translate)
        return Evidence(got=f"{got} %", expected=f"≥ {expected} %", is_number=True)
    return None


def evidence_of(verdict: Verdict, translate: Translate) -> Evidence:
    """Return the evidence of a verdict's mistake."""
    hint, data = hint_of(verdict)
    found: dict[str, object] = {}
    for mapping in _mappings(data):
        for name, value in mapping.items():
            found.setdefault(name, value)
    reached = _accuracy(found, translate)
    if reached is not None:
        return replace(reached, called=_called(verdict)[0])
    where, code = _text(found.get("where"), translate), _text(found.get("code"), translate)
    called, comes = _called(verdict)
    limit = _text(found.get("limit"), translate)
    # beside an exception `expected` is a word of the advice, such as the right spelling of a name
    expected = comes if "exception" in found else _text(found.get("expected"), translate)
    if hint in _NOWHERE:
        called, code = code or called, ""
    got = found.get("exception", found.get("got"))
    return Evidence(
        called=called,
        got=_text(got, translate),
        is_number=isinstance(got, int | float),
        expected=expected or (f"≤ {limit}" if limit else comes),
        where=where,
        code=code if where else "",
    )


def advice_in_markdown(verdict: Verdict, translate: Translate) -> str:
    """Return a verdict's message without repeated evidence.

    It is a line of Markdown; its first sentence goes where it only repeats the evidence.

    Where code stops, the message begins with the exception, the place and the line, and these stand beside it.
    """
    said, data = said_in_markdown(verdict, translate), hint_of(verdict)[1]
    if not {"exception", "where", "code"} <= data.keys():
        return said
    repeated = markdown_message(translate, "outcome/error", data)
    return said.removeprefix(repeated).lstrip(". ") if said.startswith(repeated) else said
