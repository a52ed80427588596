"""JSON Lines (jsonlines.org): one `result.json` for each line, for programs that read results one by one."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.report.json import to_json


class JsonLinesExporter:
    """One object of schema "grader.result/1" for each submission."""

    name = "jsonl"
    help = "JSON Lines, one result.json for each line"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the language of the messages."""
        parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of the messages")

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """One file, UTF-8, letters of any script as they are."""
        translate = translator(options.lang)
        lines = [json.dumps(to_json(result, translate), ensure_ascii=False, allow_nan=False) for result in results]
        return {"results.jsonl": "".join(f"{line}\n" for line in lines).encode(errors="replace")}
