"""What grades on GitHub: workflows for students and instructors, and an autograder for Classroom 50.

All of them install a grader from a *source*: whatever `uv pip install` takes, or an image as `docker://NAME`. It is
written into them here, or left to a variable of the repository.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from grader.errors import UsageError

_TEMPLATES = Path(__file__).with_name("templates")
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:/@=+,<>!#&?%\[\]-]*")
_INSTALL = re.compile(r"^@INSTALL@\n", re.MULTILINE)
_INDENT = " " * 10


def check_source(source: str) -> str:
    """`source`, which may be empty, if it can stand between quotes of YAML, of an expression and of Python.

    Raises:
        UsageError: it is no requirement, address or image without white space and quotes.
    """
    if source and not _SOURCE.fullmatch(source):
        raise UsageError(
            f"--grader `{source}`: give a requirement, an address or docker://IMAGE, without spaces or quotes"
        )
    return source


def filled(text: str, source: str) -> str:
    """A template with the source of the grader, and with the steps that install it where it asks for them."""
    script = (_TEMPLATES / "install.sh").read_text(encoding="utf-8")
    indented = "".join(f"{_INDENT}{line}\n" for line in script.splitlines())
    return _INSTALL.sub(lambda _: indented, text).replace("@GRADER_SOURCE@", check_source(source))


def folder_of(name: str, source: str) -> Mapping[str, bytes]:
    """All files of a folder of templates, filled, by path relative to it."""
    root = _TEMPLATES / name
    return {
        path.relative_to(root).as_posix(): filled(path.read_text(encoding="utf-8"), source).encode()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def instructor_repository(source: str) -> Mapping[str, bytes]:
    """The repository whose workflow fetches all students' repositories and grades them, by path."""
    return folder_of("instructor", source)


def classroom50_bundle(source: str) -> Mapping[str, bytes]:
    """What belongs into `<classroom>/autograders/<assignment>/` of Classroom 50's config repository, by path.

    Raises:
        UsageError: the source is an image, which Classroom 50 names elsewhere.
    """
    if source.startswith("docker://"):
        raise UsageError("--grader docker://…: Classroom 50 starts images itself; name what uv can install")
    return folder_of("classroom50", source)
