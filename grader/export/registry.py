"""All exporters by name. A new one is a file in this folder and a line here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.export.base import Exporter


def _late(module: str, name: str) -> Callable[[], Exporter]:
    """Import an exporter's file when it is made: its name alone costs a command line nothing."""

    def make() -> Exporter:
        """Import the exporter and make one."""
        exporter: Exporter = getattr(importlib.import_module(f"grader.export.{module}"), name)()
        return exporter

    return make


EXPORTERS: Mapping[str, Callable[[], Exporter]] = {
    "csv": _late("csv", "CsvExporter"),
    "jsonl": _late("jsonl", "JsonLinesExporter"),
}
