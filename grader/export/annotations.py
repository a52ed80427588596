"""Mistakes as annotations of a GitHub Actions job. Each stands on a line of the student's own files.

They are workflow commands on stdout; GitHub shows ten errors of a step and says nothing of the others, so the tenth
says how many there are. A place in a notebook has no line that GitHub could show: the message names cell and line.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from grader.errors import UsageError
from grader.export.parts import add_arguments, select_result
from grader.export.workflow import command, log_line
from grader.i18n import translator
from grader.model import Filling, Result, Said, Verdict
from grader.report.escape import Translate, one_line
from grader.report.words import said, title

_MOST = 10
_PLACE = re.compile(r"(?P<file>[^:\0]+\.py):(?P<line>[1-9][0-9]{0,8})")


def _places(data: Mapping[str, Filling]) -> Iterator[tuple[str, int]]:
    """Yield the files and lines that a message names. Its own come before those of messages within it."""
    where = data.get("where")
    if isinstance(where, str) and (found := _PLACE.fullmatch(where)):
        yield found["file"], int(found["line"])
    for value in data.values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Said):
                yield from _places(part.data)


def _place(verdict: Verdict, folder: str) -> Mapping[str, str | int]:
    """Return an annotation's file and line properties.

    The path is relative to the repository; empty where the error has no line in the submission, or a name in it holds
    what a log does not show.
    """
    for file, line in _places(verdict.data):
        path = PurePosixPath(file)
        if not path.is_absolute() and ".." not in path.parts and log_line(file) == file:
            return {"file": str(PurePosixPath(folder) / path), "line": line}
    return {}


def commands_of(result: Result, translate: Translate, folder: str) -> list[str]:
    """Return workflow commands, the first mistake first. There are none where nothing is wrong.

    Args:
        result: of one submission.
        translate: makes the messages.
        folder: of the package `student`, relative to the repository.
    """
    commands: list[str] = []
    for test in result.tests:
        verdict = test.verdict
        if verdict.status not in {"passed", "blocked"}:
            properties = {**_place(verdict, folder), "title": one_line(title(verdict.test, translate))}
            commands.append(command("error", said(verdict, translate), properties))
    commands = list(dict.fromkeys(commands))
    if len(commands) > _MOST:
        more = translate("github/more", {"n": len(commands) - _MOST + 1})
        commands[_MOST - 1 :] = [command("error", more, {})]
    return commands


class AnnotationsExporter:
    """Writes a workflow command for each mistake. A step of the job prints them."""

    name = "annotations"
    help = "annotations of a GitHub Actions job, as workflow commands on stdout"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--submission`, `--lang` and `--folder`."""
        add_arguments(parser)
        parser.add_argument(
            "--folder", default="student", metavar="DIR", help="of net.py in the repository (default: student)"
        )

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return one file, UTF-8; empty where nothing is wrong."""
        if PurePosixPath(options.folder).is_absolute():
            raise UsageError(f"--folder {options.folder}: paths in annotations are relative to the repository")
        result = select_result(results, options.submission, self.name)
        lines = commands_of(result, translator(options.lang), options.folder)
        return {"annotations.txt": "".join(f"{line}\n" for line in lines).encode(errors="replace")}
