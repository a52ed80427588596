"""Records for `check` how each test ends. It is a plugin of pytest."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from .judge.cells import in_cells
from .reading import Reading
from .source.package import reading_of
from .verdict import Filling, Said, Verdict

FOLDER = Path(os.environ["STUDENT_CHECK"])
"""Folder that `check` shares with its tests. There it has written what it knows of the cells, and looks for the
verdicts."""


@dataclasses.dataclass(frozen=True)
class _Facts:
    """The facts that tests of a notebook need."""

    reading: Reading


def _as_numbered(value: Filling) -> Filling:
    """Name cells by the number of their run. It stands beside them."""
    if isinstance(value, Said):
        hint = "student/check-cell" if value.hint == "place/cell" else value.hint
        return Said(hint, {name: _as_numbered(each) for name, each in value.data.items()})
    if isinstance(value, tuple):
        return tuple(each for part in value if isinstance(each := _as_numbered(part), Said))
    return value


class Verdicts:
    """Writes the verdicts after each test. The process may die."""

    def __init__(self, student: Any) -> None:
        self._student = student
        self._reading = reading_of(json.loads((FOLDER / "cells.json").read_text(encoding="utf-8")))
        student.case.facts = _Facts(self._reading)

    def _told(self, verdict: Verdict) -> dict[str, object]:
        told = in_cells(verdict, self._reading)
        data = {name: _as_numbered(value) for name, value in told.data.items()}
        text = self._student.words(told.hint, data) if told.hint else ""
        return {"status": told.status, "text": text, "blocked_by": told.blocked_by}

    def pytest_runtest_logfinish(self) -> None:
        """Write what is known so far."""
        verdicts = {name: self._told(verdict) for name, verdict in self._student.case.verdicts.items()}
        (FOLDER / "verdicts.json").write_text(json.dumps(verdicts), encoding="utf-8")


def pytest_sessionstart(session: pytest.Session) -> None:
    plugins = session.config.pluginmanager
    plugins.register(Verdicts(plugins.get_plugin("student-tests")), "student-verdicts")
