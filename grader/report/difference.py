"""Differences of grades between two runs. They serve for regrades, other seeds and corrected tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from grader.categories import CATEGORIES
from grader.final import final_grade
from grader.model import Provenance, Result, ScoredTest
from grader.report.escape import Translate, first_few, one_line
from grader.report.markdown import percent
from grader.report.order import natural
from grader.report.points import by_category, result_points, shown, total
from grader.report.screen import heading, indented, on_screen
from grader.report.words import decimal, points_in_words, status, title

_CIRCUMSTANCES = ("dataset", "seed", "device", "sandbox", "grader", "torch")
"""Fields of a provenance that may explain a difference. Their names are those in the catalogues."""
_VALUES = 3


@dataclass(frozen=True)
class Difference:
    """One submission whose grade differs between two runs.

    Args:
        before: its result in the first, None where it has none.
        after: its result in the second, None where it has none; one of both it has.
        tests: pairs of the tests that ended in another way or brought other points; None where one was not judged.
    """

    before: Result | None
    after: Result | None
    tests: tuple[tuple[ScoredTest | None, ScoredTest | None], ...] = ()

    @property
    def submission(self) -> str:
        """The submission's name."""
        result = self.before or self.after
        assert result is not None
        return result.submission


def _ended(test: ScoredTest | None) -> tuple[str, str] | None:
    return None if test is None else (status(test), str(total([test])))


def _grade(result: Result) -> tuple[object, ...]:
    """Return all compared values, except for the tests."""
    final = final_grade(result)
    return result.status, _earned(result), final.score, final.max_score, final.excused, set(result.flags)


def _earned(result: Result) -> str | None:
    return None if result.score is None else str(result_points(result))


def _compared(before: Result, after: Result) -> Difference | None:
    old = {test.verdict.test: test for test in before.tests}
    new = {test.verdict.test: test for test in after.tests}
    pairs = [(old.get(test), new.get(test)) for test in dict.fromkeys([*old, *new])]
    tests = tuple(pair for pair in pairs if _ended(pair[0]) != _ended(pair[1]))
    return Difference(before, after, tests) if tests or _grade(before) != _grade(after) else None


def differences(before: Iterable[Result], after: Iterable[Result]) -> list[Difference]:
    """Return the differences of two classes, sorted by name."""
    old = {result.submission: result for result in before}
    new = {result.submission: result for result in after}
    found = []
    for name in sorted(old.keys() | new.keys(), key=natural):
        if name in old and name in new:
            difference = _compared(old[name], new[name])
        else:
            difference = Difference(old.get(name), new.get(name))
        if difference is not None:
            found.append(difference)
    return found


def _change(before: object, after: object) -> str:
    return f"{before} → {after}"


def _points(result: Result, translate: Translate) -> str:
    if result.score is None:
        return translate("report/result-grader_error", {})
    return points_in_words(result_points(result), translate)


def _final(result: Result, translate: Translate) -> str:
    final = final_grade(result)
    if final.excused:
        return translate("diff/excused", {})
    if final.score is None:
        return "—"
    return translate("report/points", {"score": shown(final.score), "max_score": shown(final.max_score)})


def _shown_test(test: ScoredTest | None, translate: Translate) -> str:
    if test is None:
        return translate("diff/not-judged", {})
    return f"{translate(f'report/status-{status(test)}', {})} {points_in_words(total([test]), translate)}"


def _categories(before: Result, after: Result, translate: Translate) -> dict[str, str]:
    """Describe the categories judged in one of both alone, as with `--only`. A line for each says enough."""
    old, new = by_category(before), by_category(after)

    def points(tests: Sequence[ScoredTest] | None) -> str:
        return translate("diff/not-judged", {}) if tests is None else points_in_words(total(tests), translate)

    return {
        name: f"{_change(points(old.get(name)), points(new.get(name)))}  {translate(f'report/category-{name}', {})}"
        for name in CATEGORIES
        if (name in old) != (name in new)
    }


def _tests(difference: Difference, before: Result, after: Result, translate: Translate) -> list[str]:
    whole = _categories(before, after, translate)
    lines = list(whole.values())
    for old, new in difference.tests:
        test = old or new
        assert test is not None
        if test.verdict.category in whole:
            continue
        change = _change(_shown_test(old, translate), _shown_test(new, translate))
        lines.append(f"{change}  {title(test.verdict.test, translate)} ({one_line(test.verdict.test)})")
    return lines


def _further(before: Result, after: Result, translate: Translate) -> list[str]:
    """Describe differences beside the tests. These are points after adjustments, flags, the accuracy and the files."""
    lines = []
    finals = [_final(result, translate) for result in (before, after)]
    adjusted = any(final_grade(result).is_adjusted for result in (before, after))
    if adjusted and finals[0] != finals[1]:
        lines.append(translate("diff/final", {"change": _change(*finals)}))
    for hint, flags in (
        ("diff/flagged", set(after.flags) - set(before.flags)),
        ("diff/no-longer-flagged", set(before.flags) - set(after.flags)),
    ):
        if flags:
            lines.append(translate(hint, {"flags": "; ".join(title(test, translate) for test in sorted(flags))}))
    accuracies = [result.metrics.accuracy for result in (before, after)]
    known = [None if one is None else f"{decimal(percent(one), translate)} %" for one in accuracies]
    if known[0] != known[1]:
        lines.append(translate("diff/accuracy", {"change": _change(*(one or "—" for one in known))}))
    lines += [
        translate("report/fault", {"submission": one_line(result.submission), "fault": one_line(result.fault)})
        for result in (before, after)
        if result.fault is not None
    ]
    if before.provenance.submission_sha256 != after.provenance.submission_sha256:
        lines.append(translate("diff/other-files", {}))
    return lines


def _lines(difference: Difference, outs: tuple[str, str], translate: Translate) -> tuple[str, list[str]]:
    """Return a submission's line, and those below it."""
    name, before, after = one_line(difference.submission), difference.before, difference.after
    if before is None or after is None:
        result = before or after
        assert result is not None
        where = outs[0] if after is None else outs[1]
        return translate("diff/only-in", {"submission": name, "points": _points(result, translate), "out": where}), []
    points = [_points(before, translate), _points(after, translate)]
    head = f"{name}: {points[0] if points[0] == points[1] else _change(*points)}"
    return head, [*_tests(difference, before, after, translate), *_further(before, after, translate)]


def _circumstances(befores: Sequence[Result], afters: Sequence[Result], translate: Translate) -> list[str]:
    """Describe how the settings of two runs differ. There is a line for each field, with its first few values."""

    def values(results: Sequence[Result], name: str) -> str:
        found = sorted({str(getattr(result.provenance, name)) for result in results if result.fault is None})
        return first_few([*map(one_line, found)], _VALUES)

    assert set(_CIRCUMSTANCES) <= set(Provenance.__dataclass_fields__)
    pairs = {name: (values(befores, name), values(afters, name)) for name in _CIRCUMSTANCES}
    return [
        f"{translate(f'report/run-{name}', {})}: {_change(old, new)}"
        for name, (old, new) in pairs.items()
        if old and new and old != new
    ]


def difference_text(
    befores: Sequence[Result],
    afters: Sequence[Result],
    outs: tuple[str, str],
    translate: Translate,
    *,
    width: int | None = None,
) -> str:
    """Describe the differences between two classes. The settings of the runs come first, counts last.

    Args:
        befores: the class of the first folder.
        afters: the class of the second.
        outs: what the folders are called.
        translate: makes the words, in one language.
        width: columns of the terminal, which also turns colours on; None writes plain text of any width.
    """
    found = differences(befores, afters)
    parts: list[RenderableType] = [Text(line) for line in _circumstances(befores, afters, translate)]
    parts += [Text()] if parts else []
    for difference in found:
        head, below = _lines(difference, outs, translate)
        parts += [heading(head), *(indented(line, width) for line in below)]
    both = {result.submission for result in befores} & {result.submission for result in afters}
    counts = {
        "n": len(both),
        "differ": sum(each.before is not None and each.after is not None for each in found),
        "first": sum(each.after is None for each in found),
        "second": sum(each.before is None for each in found),
        "out1": outs[0],
        "out2": outs[1],
    }
    parts.append(Text(translate("diff/count", counts)))
    return on_screen(parts, width)
