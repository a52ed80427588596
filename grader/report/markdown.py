"""`feedback.md`: the student's report. It is short, kind and concrete; the first thing to repair stands first."""

from __future__ import annotations

import math
from collections.abc import Sequence

from grader.categories import GRADED_DATASET
from grader.model import Metrics, Provenance, Result, ScoredTest
from grader.report.adjusted import adjusted, final_line, is_changed
from grader.report.escape import Translate, code_span, fence, first_few, lines_of
from grader.report.interval import wilson_interval
from grader.report.points import by_category, result_points, shown, total
from grader.report.verdicts import first_mistake
from grader.report.words import decimal, holds_back, points_in_words, said_in_markdown, title_in_markdown
from grader.report.words import status as status_of

PRINTED_LINES = 40
PRINTED_CHARACTERS = 4000
_LINE_CHARACTERS = 200
_CURVE_ROWS = 12
_BAR_CHARACTERS = 40
_LARGEST_IN_FULL = 1e6
"""Losses from here on are written with a power of ten. A training that goes astray has some of 300 digits."""
_CONFUSIONS = 3
_ATTEMPTS = 6


def percent(share: float) -> str:
    """Format a share in per cent, rounded down.

    It has two decimals, and 98.999 % must not read as the 99 % it is not.
    """
    return f"{math.floor(share * 10_000 + 1e-6) / 100:.2f}"


def trial_note(provenance: Provenance, translate: Translate) -> list[str]:
    """Return the note that a result is no grade.

    Every report on the embedded digits carries it; empty where grades are real.
    """
    if provenance.dataset == GRADED_DATASET:
        return []
    data = {"dataset": provenance.dataset, "threshold": shown(100 * provenance.threshold)}
    return ["> " + translate("report/trial", data)]


def attempts(names: Sequence[str]) -> str:
    """List somebody's earlier attempts, the first few by name."""
    return first_few([*map(code_span, names)], _ATTEMPTS)


def origin(result: Result, translate: Translate) -> list[str]:
    """Say which entry was graded, and which were not.

    The entry is left out where the name of the submission says it.
    """
    lines = []
    if result.identity.entry and not f"{result.identity.entry}.".startswith(f"{result.submission}."):
        lines.append(translate("report/entry", {"entry": code_span(result.identity.entry)}))
    if result.identity.earlier_attempts:
        lines.append(translate("report/earlier", {"attempts": attempts(result.identity.earlier_attempts)}))
    return lines


def _head(result: Result, translate: Translate) -> list[str]:
    title = translate("report/feedback-title", {"submission": code_span(result.submission)})
    points = result_points(result)
    lines = [f"# {title}"]
    if result.status == "grader_error":
        lines.append(translate("report/grader-error", {}))
    else:
        score = {"score": shown(points.score), "max_score": shown(points.max_score)}
        lines.append(f"**{translate('report/total', score)}**")
        if result.status == "passed":
            lines.append(translate("report/all-passed", {}))
    if is_changed(result):
        changes = "\n".join(f"- {line}" for line in adjusted(result, translate))
        lines += [f"**{final_line(result, translate)}**", changes]
    lines += [*origin(result, translate), *trial_note(result.provenance, translate)]
    if result.flags:
        lines.append(translate("report/flagged", {}))
    return lines


def _named(test: ScoredTest, translate: Translate) -> str:
    """Return a test's title, and beside it its id."""
    name, title = code_span(test.verdict.test), title_in_markdown(test.verdict.test, translate)
    return name if title == name else f"**{title}** ({name})"


def _first(result: Result, translate: Translate) -> list[str]:
    first = first_mistake(result)
    if first is None:
        return []
    lines = [
        f"## {translate('report/first', {})}",
        f"{_named(first, translate)}: {said_in_markdown(first.verdict, translate)}",
    ]
    if waiting := holds_back(result, first.verdict.test, translate, title_in_markdown):
        lines.append(waiting)
    return lines


def _together(tests: Sequence[ScoredTest]) -> list[list[ScoredTest]]:
    """Group tests that one line can describe.

    All that passed are one group, the last, and all that wait for the same other test.
    """
    groups: dict[object, list[ScoredTest]] = {}
    for test in sorted(tests, key=lambda test: test.verdict.status == "passed"):
        verdict = test.verdict
        alone = verdict.status not in {"passed", "blocked"}
        groups.setdefault(verdict.test if alone else (verdict.status, verdict.blocked_by), []).append(test)
    return list(groups.values())


def _line(tests: Sequence[ScoredTest], translate: Translate, *, said: bool) -> str:
    """Return one line on a group of tests. Its message is left out where it was `said` above."""
    verdict = tests[0].verdict
    status = translate(f"report/status-{status_of(tests[0])}", {})
    titles = "; ".join(title_in_markdown(test.verdict.test, translate) for test in tests)
    if verdict.status == "passed":
        return f"- {status}: {titles}"
    names = titles if verdict.status == "blocked" else _named(tests[0], translate)
    text = translate("report/see-above", {}) if said else said_in_markdown(verdict, translate)
    return f"- {status}, {points_in_words(total(tests), translate)}: {names}. {text}"


def _tests(result: Result, translate: Translate) -> list[str]:
    first = first_mistake(result)
    parts = [f"## {translate('report/tests', {})}"] if result.tests else []
    for name, tests in by_category(result).items():
        lines = [_line(group, translate, said=group[0] is first) for group in _together(tests)]
        points = points_in_words(total(tests), translate)
        parts += [f"### {translate(f'report/category-{name}', {})} — {points}", "\n".join(lines)]
    return parts


def confusions(confusion: Sequence[Sequence[int]], translate: Translate) -> list[str]:
    """Describe the most frequent confusions of digits. There is a line of plain text for each of the worst few."""
    pairs = [
        (count, true, predicted)
        for true, row in enumerate(confusion)
        for predicted, count in enumerate(row)
        if true != predicted and count
    ]
    worst = sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))[:_CONFUSIONS]
    return [
        translate("report/confused", {"n": n, "true": true, "predicted": predicted, "of": sum(confusion[true])})
        for n, true, predicted in worst
    ]


def accuracy_line(metrics: Metrics, threshold: float, translate: Translate) -> str:
    """Return the accuracy in words. Its interval is added where the counts are known; "" where it was not reached."""
    if metrics.accuracy is None or not math.isfinite(metrics.accuracy):
        return ""
    data = {"accuracy": percent(metrics.accuracy), "threshold": shown(100 * threshold)}
    if metrics.correct is None or not metrics.test_size:
        return translate("report/accuracy-plain", data)
    low, high = wilson_interval(metrics.correct, metrics.test_size)
    counts = {"correct": metrics.correct, "test_size": metrics.test_size, "low": percent(low), "high": percent(high)}
    return translate("report/accuracy", {**data, **counts})


def _accuracy(result: Result, translate: Translate) -> list[str]:
    line = accuracy_line(result.metrics, result.provenance.threshold, translate)
    if not line:
        return []
    lines = [f"## {translate('report/accuracy-title', {})}", line]
    worst = [f"- {line}" for line in confusions(result.metrics.confusion, translate)]
    return [*lines, translate("report/confusions", {}), "\n".join(worst)] if worst else lines


def loss_bars(losses: Sequence[float], translate: Translate, bar_characters: int = _BAR_CHARACTERS) -> list[str]:
    """Draw the training loss by epoch as bars. A line has epoch, loss and bar, the longest of `bar_characters`.

    Of a long training about a dozen epochs, always the first and the last; no lines where there is no epoch.
    """
    last = len(losses) - 1
    rows = min(len(losses), _CURVE_ROWS)
    shown_epochs = sorted({round(last * row / max(1, rows - 1)) for row in range(rows)})
    highest = max((abs(loss) for loss in losses if math.isfinite(loss)), default=0.0)
    lines = []
    for epoch in shown_epochs:
        loss = losses[epoch]
        share = abs(loss) / highest if highest and math.isfinite(loss) else 0.0
        number = decimal(f"{loss:.4f}" if abs(loss) < _LARGEST_IN_FULL else f"{loss:.4g}", translate)
        lines.append(f"{epoch + 1:5d}  {number:>10}  {'█' * round(bar_characters * share)}".rstrip())
    return lines


def _curve(result: Result, translate: Translate) -> list[str]:
    lines = loss_bars(result.metrics.train_loss, translate)
    return [f"## {translate('report/curve', {})}", fence(lines)] if lines else []


def facts(result: Result, translate: Translate) -> list[tuple[str, str]]:
    """Return names and values of the run's facts. Those not known are left out; the values are strangers' text."""
    provenance, metrics = result.provenance, result.metrics
    seconds = None if metrics.train_seconds is None else decimal(f"{metrics.train_seconds:.1f}", translate)
    known: list[tuple[str, str | int | None]] = [
        ("dataset", provenance.dataset),
        ("seed", provenance.seed),
        ("device", provenance.device),
        ("sandbox", provenance.sandbox),
        ("parameters", metrics.n_parameters),
        ("epochs", metrics.epochs),
        ("train-seconds", seconds),
        ("grader", provenance.grader),
        ("torch", provenance.torch),
        ("started", provenance.started),
    ]
    return [(translate(f"report/run-{name}", {}), str(value)) for name, value in known if value not in {None, ""}]


def _run(result: Result, translate: Translate) -> list[str]:
    lines = [f"- {name}: {code_span(value)}" for name, value in facts(result, translate)]
    return [f"## {translate('report/run', {})}", "\n".join(lines)]


def _end_of(printed: str) -> list[str]:
    """Return the last printed lines that are shown."""
    lines = [line.rstrip() for line in lines_of(printed[-4 * PRINTED_CHARACTERS :])]
    while lines and not lines[-1]:
        lines.pop()
    kept: list[str] = []
    room = PRINTED_CHARACTERS
    for line in reversed(lines[-PRINTED_LINES:]):
        short = line if len(line) <= _LINE_CHARACTERS else line[: _LINE_CHARACTERS - 1] + "…"
        room -= len(short) + 1
        if room < 0:
            break
        kept.insert(0, short)
    return kept


def printed_end(result: Result) -> tuple[str, list[str]] | None:
    """Return the last printed lines, with a heading's id.

    They are those of the graded training; None where nothing was printed.

    What the probes made the submission print counts only where the training printed nothing.
    """
    for heading, printed in (("report/printed", result.printed), ("report/printed-probing", result.printed_probing)):
        if lines := _end_of(printed):
            return heading, lines
    return None


def _printed(result: Result, translate: Translate) -> list[str]:
    found = printed_end(result)
    return [] if found is None else [f"## {translate(found[0], {})}", fence(found[1])]


def feedback(result: Result, translate: Translate) -> str:
    """Return the student's report as Markdown.

    It is in the language of `translate`, without notes for staff and faults.
    """
    sections = (_head, _first, _tests, _accuracy, _curve, _run, _printed)
    return "\n\n".join(part for section in sections for part in section(result, translate)) + "\n"


def brief(result: Result, translate: Translate) -> str:
    """Return a short report without single tests. It has what to do first, the accuracy and the curve of the loss."""
    sections = (_first, _accuracy, _curve)
    return "\n\n".join(part for section in sections for part in section(result, translate))
