"""`overview.md`: a batch on one page, for the instructor."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from grader.categories import CATEGORIES
from grader.model import Result
from grader.report.adjusted import adjusted, final_line, is_changed
from grader.report.escape import Translate, code_span, fence, first_few
from grader.report.markdown import attempts, trial_note
from grader.report.missing import missing_section
from grader.report.mistakes import common_mistakes, counted
from grader.report.pages.class_spread import score_spread
from grader.report.points import by_category, result_points, shown, total
from grader.report.words import points_in_words, said_in_markdown, title_in_markdown
from grader.roster import Person

_BAR_CHARACTERS = 40
_NAMES = 8
_MISTAKES = 10


def _names(results: Sequence[Result]) -> str:
    return first_few([code_span(result.submission) for result in results], _NAMES)


def _head(results: Sequence[Result], translate: Translate) -> list[str]:
    counts = [
        f"{translate(f'report/result-{status}', {})}: {sum(result.status == status for result in results)}"
        for status in ("passed", "failed", "grader_error")
    ]
    notes = {note for result in counted(results) for note in trial_note(result.provenance, translate)}
    count = translate("report/submissions", {"n": len(results)})
    return [f"# {translate('report/overview-title', {})}", f"{count} ({', '.join(counts)})", *sorted(notes)]


def _scores(results: Sequence[Result], translate: Translate) -> list[str]:
    spread = score_spread(results)
    if spread is None:
        return []
    highest = max(bar.count for bar in spread.bars)
    lines = []
    for bar in spread.bars:
        blocks = "█" * round(_BAR_CHARACTERS * bar.count / highest)
        lines.append(f"{bar.low:>3}-{bar.high:>3} %  {bar.count:4d}  {blocks}".rstrip())
    data = {"mean": spread.mean, "median": spread.median}
    return [
        f"## {translate('report/scores', {})}",
        translate("report/averages", data),
        fence(lines),
        *_categories(counted(results), translate),
    ]


def _categories(results: Sequence[Result], translate: Translate) -> list[str]:
    lines = []
    tests = [by_category(result) for result in results if result.status != "grader_error"]
    for name in CATEGORIES:
        parts = [total(those[name]) for those in tests if name in those]
        if parts and parts[0].max_cents:
            average = mean(part.score for part in parts)
            points = {"score": f"{average:.1f}", "max_score": shown(parts[0].max_score)}
            lines.append(f"- {translate(f'report/category-{name}', {})}: {translate('report/points', points)}")
    return [translate("report/category-averages", {}), "\n".join(lines)] if lines else []


def _mistakes(results: Sequence[Result], translate: Translate) -> list[str]:
    """List the most common first mistakes. Each has the message of the first submission with it, as an example."""
    lines = []
    for mistake in common_mistakes(counted(results))[:_MISTAKES]:
        text = said_in_markdown(mistake.example, translate)
        test = title_in_markdown(mistake.example.test, translate)
        names = _names(mistake.results)
        lines.append(f"- **{len(mistake.results)}** {test}, {code_span(mistake.hint)} ({names}): {text}")
    return [f"## {translate('report/mistakes', {})}", "\n".join(lines)] if lines else []


def _to_look_at(results: Sequence[Result], translate: Translate) -> list[str]:
    """List what a person should look at.

    These are flagged submissions, those that passed with a note for staff, and faults of the grader.
    """
    lines = []
    for result in results:
        name = code_span(result.submission)
        integrity = [test.verdict for test in result.tests if test.verdict.category == "integrity"]
        noted = [v for v in integrity if v.staff_note and (result.flags or v.status == "passed")]
        if result.flags or noted:
            named = result.flags or [verdict.test for verdict in noted]
            lines.append(f"- {name}: {'; '.join(title_in_markdown(test, translate) for test in named)}")
            lines += [f"  - {code_span(verdict.staff_note or '')}" for verdict in noted]
        if result.fault is not None:
            lines.append("- " + translate("report/fault", {"submission": name, "fault": code_span(result.fault)}))
    return [f"## {translate('report/look-at', {})}", "\n".join(lines)] if lines else []


def _earlier(results: Sequence[Result], translate: Translate) -> list[str]:
    """List attempts that do not count. They are older ones, or all but the best."""
    lines = [
        f"- {code_span(result.submission)}: {attempts(result.identity.earlier_attempts)}"
        for result in results
        if result.identity.earlier_attempts
    ]
    return [f"## {translate('report/earlier-title', {})}", "\n".join(lines)] if lines else []


def _adjusted(results: Sequence[Result], translate: Translate) -> list[str]:
    """List adjustments and lateness, with the final points."""
    lines = []
    for result in results:
        if is_changed(result):
            points = points_in_words(result_points(result), translate)
            lines.append(f"- {code_span(result.submission)}: {points}. {final_line(result, translate)}")
            lines += [f"  - {line}" for line in adjusted(result, translate)]
    return [f"## {translate('report/adjusted-title', {})}", "\n".join(lines)] if lines else []


def _judged_in(result: Result, translate: Translate) -> str:
    if result.is_whole:
        return translate("report/every-category", {})
    return ", ".join(translate(f"report/category-{name}", {}) for name in result.categories)


def _trials(results: Sequence[Result], translate: Translate) -> list[str]:
    """List results that are no grades, while others are. It says of what each is."""
    if not any(result.is_grade for result in results):
        return []
    lines = [
        f"- {code_span(result.submission)}: {points_in_words(result_points(result), translate)}, "
        f"{code_span(result.provenance.dataset)}, {_judged_in(result, translate)}"
        for result in results
        if not result.is_grade
    ]
    return [f"## {translate('report/trials-title', {})}", "\n".join(lines)] if lines else []


def _from_before(results: Sequence[Result], translate: Translate) -> list[str]:
    """List submissions that the last run left out. It says when they were graded."""
    lines = [
        f"- {code_span(result.submission)}: {code_span(result.provenance.started)}"
        for result in results
        if not result.in_last_run
    ]
    return [f"## {translate('report/from-before-title', {})}", "\n".join(lines)] if lines else []


def overview(results: Sequence[Result], translate: Translate, missing: Sequence[Person] = ()) -> str:
    """Return a class's overview as Markdown.

    How many, the spread of points, common mistakes, what a person should see, what people have said already, who was
    not in the last run, whose result is no grade, attempts that do not count, and who handed in nothing.
    """
    sections = (_head, _scores, _mistakes, _to_look_at, _adjusted, _from_before, _trials, _earlier)
    parts = [part for section in sections for part in section(results, translate)]
    return "\n\n".join([*parts, *missing_section(missing, translate)]) + "\n"
