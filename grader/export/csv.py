"""The grade book as a table, as `grades.csv` of an output folder has it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from grader.model import Result
from grader.report.csv import grades_csv


class CsvExporter:
    """One row for each submission, for spreadsheets and scripts."""

    name = "csv"
    help = "a table, one row for each submission"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """It takes none."""

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:  # noqa: ARG002 - has none
        """One file, UTF-8 with a byte order mark; the columns are those of `report.csv.COLUMNS`."""
        return {"grades.csv": grades_csv(results)}
