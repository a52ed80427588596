"""Moodle feedback files for everybody, as one zip.

It goes in through View submissions › Upload multiple feedback files in a zip.

What its importer reads stands in moodle, mod/assign/feedback/file/importziplib.php: the first part of a path is divided
at underscores, and the second piece is the participant's number, the third and fourth the plugin. The folders are those
that the submissions came in, but for underscores in names, which would shift the pieces.
"""

from __future__ import annotations

import io
import re
import zipfile
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from grader.errors import UsageError
from grader.export.base import Files
from grader.export.filling import bounded
from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.report.escape import one_line
from grader.report.markdown import feedback

_UPLOAD = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<plugin>file|onlinetext)(?:_.*)?", re.DOTALL)


def folder_for(entry: str) -> str | None:
    """Return a student's folder in the zip. `entry` is the upload; None where Moodle has not named it."""
    found = _UPLOAD.fullmatch(entry)
    if found is None:
        return None
    name = re.sub(r"[_/\\\0]", " ", found["name"]).lstrip(".~ ") or "student"  # what begins with these is left out
    return f"{name}_{found['id']}_assignsubmission_{found['plugin']}_"


def _packed(files: Mapping[str, str]) -> bytes:
    """Pack a zip that is the same whenever it is made."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path), files[path].encode(errors="replace"), zipfile.ZIP_DEFLATED)
    return content.getvalue()


class MoodleFeedbackExporter:
    """Writes everybody's feedback for Moodle to hand out."""

    name = "moodle-feedback"
    help = "a zip of feedback files that Moodle hands out to everybody"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the language."""
        parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of the feedback (default: en)")

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return one zip with a folder for each student. Each holds a `feedback.md`.

        Raises:
            UsageError: no submission came from Moodle.
        """
        translate = translator(options.lang)
        folders = {result.submission: folder_for(result.identity.entry) for result in results}
        files = {
            f"{folder}/feedback.md": feedback(result, translate)
            for result in results
            if (folder := folders[result.submission]) is not None
        }
        if not files:
            raise UsageError("none of these submissions came from Moodle: grade the zip of all submissions as it comes")
        others = [name for name, folder in folders.items() if folder is None]
        notes = bounded(f"{one_line(name)}: did not come from Moodle, so it is not in the zip" for name in others)
        return Files({"feedback.zip": _packed(files)}, notes, is_whole=not others)
