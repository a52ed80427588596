"""The files of an output folder: which there are, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.report.csv import grades_csv
from grader.report.json import encode, to_json
from grader.report.markdown import feedback
from grader.report.overview import overview
from grader.store import write_durably

Translate = Callable[[str, Mapping[str, object]], str]


def save_result(out: Path, result: Result, translate: Translate) -> None:
    """Write feedback in every language and then, last, `result.json` into the folder of a submission."""
    folder = out / result.submission
    for language in LANGUAGES:
        text = feedback(result, translator(language))
        write_durably(folder / f"feedback.{language}.md", text.encode(errors="replace"))
    write_durably(folder / "result.json", encode(to_json(result, translate)))


def save_batch(out: Path, results: Sequence[Result], translate: Translate) -> None:
    """Write the files about all results together."""
    write_durably(out / "grades.csv", grades_csv(results))
    write_durably(out / "overview.md", overview(results, translate).encode(errors="replace"))


def check_writable(out: Path) -> None:
    """Find out before hours of training whether results can be written.

    Raises:
        UsageError: they cannot.
    """
    probe = out / f".writable-{os.getpid()}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}; name a folder that can be written to") from None
