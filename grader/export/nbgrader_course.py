"""An nbgrader course: its configuration, grade book and folders."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.report.escape import one_line


def _make_alembic_found() -> None:
    """Make `alembic` findable for nbgrader. It looks on the path alone, and an environment may not be activated."""
    beside = str(Path(sys.executable).parent)
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if beside not in places:
        os.environ["PATH"] = os.pathsep.join([*places, beside])


class Course:
    """An nbgrader course in a folder, with its own configuration.

    Raises:
        UsageError: nbgrader is not installed, or the folder is no course.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from nbgrader.coursedir import CourseDirectory
            from traitlets.config.loader import PyFileConfigLoader
        except ImportError:
            raise UsageError("nbgrader is not installed: pip install 'perceptron-grader[nbgrader]'") from None
        if not (folder / "nbgrader_config.py").is_file():
            raise UsageError(f"{folder} is no nbgrader course: it has no nbgrader_config.py")
        try:
            config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
        except Exception as error:  # noqa: BLE001 - it is a program of the instructor's
            raise UsageError(
                f"{folder / 'nbgrader_config.py'} cannot be run: {type(error).__name__}: {one_line(str(error))}"
            ) from None
        config.CourseDirectory.setdefault("root", str(folder.resolve()))
        self._directory = CourseDirectory(config=config)
        self.folder = folder

    @contextmanager
    def book(self) -> Iterator[Any]:
        """Open the grade book, an `nbgrader.api.Gradebook`.

        Raises:
            UsageError: there is none, or it cannot be read.
        """
        from nbgrader.api import Gradebook
        from sqlalchemy.exc import DatabaseError

        url = self._directory.db_url
        if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
            raise UsageError(f"{self.folder} has no grade book yet: run `nbgrader generate_assignment` in it first")
        _make_alembic_found()
        try:
            with Gradebook(url, self._directory.course_id) as book:
                yield book
        except DatabaseError as error:
            raise UsageError(f"the grade book {url} cannot be used: {one_line(str(error.orig))}") from None

    def place(self, step: str, student: str, assignment: str) -> Path:
        """Return one of nbgrader's folders. `step` is "release", "submitted" or "autograded"."""
        name = getattr(self._directory, f"{step}_directory")
        return Path(self._directory.format_path(name, student, assignment))

    def released(self, assignment: str, notebook: str) -> Mapping[str, Any]:
        """Read the notebook that students receive.

        Raises:
            UsageError: it is not there.
        """
        path = self.place("release", ".", assignment) / notebook
        try:
            document: Mapping[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError):
            raise UsageError(f"{path} cannot be read: run `nbgrader generate_assignment {assignment}` again") from None
        return document
