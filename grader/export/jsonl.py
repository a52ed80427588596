"""JSON Lines (jsonlines.org): one `result.json` per line. They are for programs that read results one by one.

Beside what the tests have earned (`score`) stands what belongs in a grade book, as in `grades.csv`: `final_score`, null
where there is no grade, whether that is since it is `excused`, and the `late_points` that it is without.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from grader.final import final_grade
from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.report.escape import Translate
from grader.report.json import to_json


def _document(result: Result, translate: Translate) -> dict[str, Any]:
    final = final_grade(result)
    grade = {"final_score": final.score, "late_points": final.late_points, "excused": final.excused}
    return {**to_json(result, translate), **grade}


class JsonLinesExporter:
    """Writes one object per submission, with its grade. The objects have the schema "grader.result/1"."""

    name = "jsonl"
    help = "JSON Lines, one result.json for each line, with the points in the end"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the language of the messages."""
        parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of the messages (default: en)")

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return one file, UTF-8, without escaped letters."""
        translate = translator(options.lang)
        lines = [json.dumps(_document(result, translate), ensure_ascii=False, allow_nan=False) for result in results]
        return {"results.jsonl": "".join(f"{line}\n" for line in lines).encode(errors="replace")}
