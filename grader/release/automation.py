"""Workflows that grade on GitHub.

They are for students, for instructors and for Classroom 50.

All of them install a grader from a *source*: whatever `uv pip install` takes, or an image as `docker://NAME`. It is
written into them here, or left to a variable of the repository.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Mapping
from pathlib import Path

from grader.assignment import AssignmentFile, assignment_in
from grader.errors import UsageError
from grader.release import stated

_TEMPLATES = Path(__file__).with_name("templates")
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:/@=+,<>!#&?%\[\]-]*")
_INSTALL = re.compile(r"^@INSTALL@\n", re.MULTILINE)
_OWN = re.compile(r"^@OWN@\n(?P<lines>.*?)^@END@\n", re.MULTILINE | re.DOTALL)
ASSIGNMENT = "assignment.toml"
"""The file of an assignment of its own, in what is released for instructors."""
_INDENT = " " * 10


def check_source(source: str) -> str:
    """Check that `source` can stand between quotes.

    They are those of YAML, of an expression and of Python; it may be empty.

    Raises:
        UsageError: it is no requirement, address or image without white space and quotes.
    """
    if source and not _SOURCE.fullmatch(source):
        raise UsageError(
            f"--grader `{source}`: give a requirement, an address or docker://IMAGE, without spaces or quotes"
        )
    return source


def _carried(given: AssignmentFile) -> str:
    """Pack an assignment into one word. The same text always makes the same one."""
    return base64.b64encode(gzip.compress(given.text.encode(), mtime=0)).decode()


def filled(text: str, source: str, given: AssignmentFile | None = None) -> str:
    """Fill a template with the source of the grader and the assignment.

    The steps that install it stand where the template asks for them, and what is only for an assignment of its own
    where there is one.
    """
    for mark, value in stated.marked(assignment_in(given)).items():
        text = text.replace(mark, value)
    text = _OWN.sub(lambda found: found["lines"] if given else "", text)
    text = text.replace("@ASSIGNMENT@", _carried(given) if given else "")
    script = (_TEMPLATES / "install.sh").read_text(encoding="utf-8")
    indented = "".join(f"{_INDENT}{line}\n" for line in script.splitlines())
    return _INSTALL.sub(lambda _: indented, text).replace("@GRADER_SOURCE@", check_source(source))


def folder_of(name: str, source: str, given: AssignmentFile | None = None) -> Mapping[str, bytes]:
    """Fill all templates of a folder. Returns the files by path relative to it."""
    root = _TEMPLATES / name
    return {
        path.relative_to(root).as_posix(): filled(path.read_text(encoding="utf-8"), source, given).encode()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _own_file(given: AssignmentFile | None) -> Mapping[str, bytes]:
    return {ASSIGNMENT: given.text.encode()} if given else {}


def instructor_repository(source: str, given: AssignmentFile | None = None) -> Mapping[str, bytes]:
    """Write the repository that grades all students.

    Its workflow fetches their repositories. An assignment of its own lies in it. Returns the files by path.
    """
    return {**folder_of("instructor", source, given), **_own_file(given)}


def classroom50_bundle(source: str, given: AssignmentFile | None = None) -> Mapping[str, bytes]:
    """Write an autograder for Classroom 50.

    The files belong into `<classroom>/autograders/<assignment>/` of its config repository. An assignment of its own
    lies beside the program.

    Raises:
        UsageError: the source is an image, which Classroom 50 names elsewhere.
    """
    if source.startswith("docker://"):
        raise UsageError("--grader docker://…: Classroom 50 starts images itself; name what uv can install")
    return {**folder_of("classroom50", source, given), **_own_file(given)}
