"""`grades.csv`: a row per submission, for spreadsheets and scripts.

UTF-8 with a byte order mark, without which Excel takes Cyrillic for noise; pandas and Python's "utf-8-sig" swallow it.
A reader that does not finds the mark in the first heading, so that is not the one scripts look up, `submission`. What
comes from people can't become a formula.

A row says what it is of: `dataset` and `categories` ("all", or those that were judged, which is a trial then), `graded`
(when it was executed, ISO 8601 in UTC) and `last_run` ("yes", or "no" where it stands from an earlier run). `score` is
what the tests have earned, `final_score` what belongs in a grade book: see `final`.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from grader.categories import CATEGORIES
from grader.final import final_grade
from grader.model import Result
from grader.report.escape import csv_cell
from grader.report.points import by_category, result_points, shown, total
from grader.report.verdicts import first_mistake, hint_of

COLUMNS = (
    "student_id",
    "student_name",
    "submission",
    "entry",
    "status",
    "score",
    "max_score",
    *(f"{category}_points" for category in CATEGORIES),
    "accuracy",
    "flags",
    "first_mistake",
    "dataset",
    "seconds",
    "fault",
    "graded",
    "last_run",
    "categories",
    "final_score",
    "late_days",
    "late_points",
    "adjusted",
    "comment",
)


def final_score(result: Result) -> str:
    """Return the cell `final_score`. "excused" stands for a score, and "" where there is no grade."""
    final = final_grade(result)
    return "excused" if final.excused else "" if final.score is None else shown(final.score)


def final_scores(table: bytes) -> dict[str, str]:
    """Return the cells `final_score` of a `grades.csv`, by the cells `submission`.

    Empty where it is none of ours: a spreadsheet has saved it with other separators, or another version wrote it.
    """
    rows = csv.DictReader(io.StringIO(table.decode("utf-8-sig", errors="replace"), newline=""))
    if not {"submission", "final_score"} <= set(rows.fieldnames or ()):
        return {}
    return {row["submission"]: row["final_score"] or "" for row in rows}


def _final(result: Result) -> dict[str, str]:
    """Return the columns about the final grade."""
    final, late = final_grade(result), result.lateness
    return {
        "final_score": final_score(result),
        "late_days": "" if late is None else str(late.days),
        "late_points": "" if late is None else shown(final.late_points),
        "adjusted": "yes" if result.adjustments else "",
        "comment": csv_cell(" ".join(final.comments)),
    }


def _row(result: Result) -> dict[str, str]:
    points, first, accuracy = result_points(result), first_mistake(result), result.metrics.accuracy
    row = {
        "student_id": csv_cell(result.identity.student.get("id", "")),
        "student_name": csv_cell(result.identity.student.get("name", "")),
        "submission": csv_cell(result.submission),
        "entry": csv_cell(result.identity.entry),
        "status": result.status,
        "score": "" if result.status == "grader_error" else shown(points.score),
        "max_score": shown(points.max_score),
        "accuracy": f"{accuracy:.6g}" if accuracy is not None and math.isfinite(accuracy) else "",
        "flags": csv_cell(" ".join(result.flags)),
        "first_mistake": "" if first is None else csv_cell(hint_of(first.verdict)[0]),
        "dataset": csv_cell(result.provenance.dataset),
        "seconds": f"{result.provenance.seconds:.1f}",
        "fault": csv_cell(result.fault or ""),
        "graded": csv_cell(result.provenance.started),
        "last_run": "yes" if result.in_last_run else "no",
        "categories": "all" if result.is_whole else " ".join(result.categories),
        **_final(result),
    }
    if result.status != "grader_error":
        parts = by_category(result)
        row.update({f"{name}_points": shown(total(parts[name]).score) for name in CATEGORIES if name in parts})
    return row


def grades_csv(results: Sequence[Result]) -> bytes:
    """Return the table of a batch as CSV bytes. Cells are empty for what is not known or was not reached."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_row(result) for result in results)
    return text.getvalue().encode("utf-8-sig", errors="replace")
