"""The grade book as a table. It is the `grades.csv` of an output folder."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from grader.model import Result
from grader.report.csv import grades_csv


class CsvExporter:
    """Writes one row per submission, for spreadsheets and scripts."""

    name = "csv"
    help = "a table, one row for each submission"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare nothing: it has no options."""

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:  # noqa: ARG002 - has none
        """Return one file, UTF-8 with byte order mark. Its columns are `report.csv.COLUMNS`."""
        return {"grades.csv": grades_csv(results)}
