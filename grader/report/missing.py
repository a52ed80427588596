"""`missing.csv`: who has not handed in anything. A row is a person of the roster.

A file of its own: in `grades.csv` a row is a submission, and scripts count on that.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from grader.report.escape import Translate, code_span, csv_cell
from grader.roster import Person

COLUMNS = ("student_id", "student_name", "student_email")


def missing_csv(missing: Sequence[Person]) -> bytes:
    """Return the table as CSV bytes. They are UTF-8 with a byte order mark, as in `grades.csv`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for person in missing:
        student = person.student
        writer.writerow([csv_cell(student.get(key, "")) for key in ("id", "name", "email")])
    return text.getvalue().encode("utf-8-sig", errors="replace")


def missing_section(missing: Sequence[Person], translate: Translate) -> list[str]:
    """Return the overview's section about missing submissions.

    It is empty where everybody has handed in, or no roster says who should.
    """
    lines = [f"- {code_span(str(person))}" for person in missing]
    return [f"## {translate('report/missing-title', {})}", "\n".join(lines)] if lines else []
