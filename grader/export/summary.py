"""A GitHub Actions job summary in Markdown. It is appended to the file that $GITHUB_STEP_SUMMARY names.

GitHub takes up to 1 MiB for each step; what stands here is bounded by what a report quotes.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from grader.export.parts import add_arguments, parts_of, select_result, signed, unassigned_cents
from grader.final import Final, final_grade
from grader.i18n import translator
from grader.model import Result
from grader.report.adjusted import adjusted, final_line
from grader.report.escape import Translate, code_span
from grader.report.markdown import brief, trial_note
from grader.report.overview import overview
from grader.report.points import shown


def _total(final: Final) -> str:
    return f"{shown(final.score or 0.0)} / {shown(final.max_score)}"


def _table(result: Result, final: Final, translate: Translate) -> str:
    """Return a table of categories, changes and the total.

    Changes are what people and lateness have done to the points.
    """
    parts = parts_of(result, final, translate)
    rows = [(f"{'✅' if part.passed else '❌'} {part.name}", str(part.points)) for part in parts]
    if rest := unassigned_cents(final, parts):
        rows.append((translate("report/adjusted-title", {}), signed(rest)))
    rows.append((f"**{translate('github/total', {})}**", f"**{_total(final)}**"))
    head = f"| {translate('github/category', {})} | {translate('report/column-points', {})} |"
    return "\n".join([head, "|---|---:|", *(f"| {name} | {points} |" for name, points in rows)])


def _grade(result: Result, final: Final, translate: Translate) -> list[str]:
    """Return the table, or why there are no points."""
    if final.score is not None:
        return [_table(result, final, translate)]
    return [final_line(result, translate) if final.excused else translate("report/grader-error", {})]


def one_summary(result: Result, translate: Translate) -> str:
    """Summarize one submission: points, first mistake, accuracy, loss curve."""
    final = final_grade(result)
    named = {"submission": code_span(result.submission)}
    lines = [f"# {translate('report/feedback-title', named)}", *_grade(result, final, translate)]
    if result.status == "passed":
        lines.append(translate("report/all-passed", {}))
    if result.flags:
        lines.append(translate("report/flagged", {}))
    lines.append("\n".join(f"- {line}" for line in adjusted(result, translate)))
    lines += trial_note(result.provenance, translate)
    return "\n\n".join(filter(None, [*lines, brief(result, translate)])) + "\n"


class SummaryExporter:
    """Writes one submission's summary, or a class's overview."""

    name = "summary"
    help = "Markdown for the summary of a GitHub Actions job"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the submission and the language."""
        add_arguments(parser)

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return one file, UTF-8."""
        translate = translator(options.lang)
        if options.submission is not None:
            results = [select_result(results, options.submission, self.name)]
        text = one_summary(results[0], translate) if len(results) == 1 else overview(results, translate)
        return {"summary.md": text.encode(errors="replace")}
