"""Run `check` without a notebook, on tests forked from here.

This process has torch imported. As a program, `python -m tests.testing.checking FOLDER CASES` prints what `check` of
the released folder FOLDER/student makes of the cells of each case, as JSON on stdout.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.testing.warm import run_module

ROOT = Path(__file__).parents[2]


class ForkedRun:
    """A `TestRun` of the released `watch.py` that has ended."""

    total = 1

    def __init__(self, folder: Path, language: str, **variables: str) -> None:
        report = folder.parent / "report"
        child = os.fork()
        if child == 0:
            self._run(folder, ["--lang", language, "--watch-report", str(report)], variables)
        self.code: int | None = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
        self.found = next((said["found"] for line in lines if "found" in (said := json.loads(line))), None)

    @staticmethod
    def _run(folder: Path, options: Sequence[str], variables: Mapping[str, str]) -> None:
        code = 3
        try:
            for name in [name for name in sys.modules if name.partition(".")[0] == "student"]:
                del sys.modules[name]
            os.environ.update(variables, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTHONDONTWRITEBYTECODE="1")
            os.chdir(folder.parent)
            sys.path.insert(0, str(folder.parent))
            os.dup2(os.open(folder.parent / "printed", os.O_WRONLY | os.O_CREAT), 1)
            import pytest

            code = int(pytest.main([folder.name, "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout", *options]))
        finally:
            sys.stdout.flush()
            os._exit(code)

    def has_ended(self) -> bool:
        """Return True: the run has ended."""
        return True

    def is_overdue(self) -> bool:
        """Return False: the run is not overdue."""
        return False

    def last_lines(self) -> list[str]:
        """Return no lines: none are kept."""
        return []

    def end(self) -> None:
        """Do nothing: no process is left."""


def checked(release: Path, cases: Sequence[Mapping[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Return the verdicts of `check` on each case, by test.

    Args:
        release: a folder with a released `student/`.
        cases: each with `cells` (their sources), the last `module` that is looked at, and the language `lang`.
        folder: for notes.
    """
    notes = folder / "cases.json"
    notes.write_text(json.dumps(list(cases)), encoding="utf-8")
    environment = {**os.environ, "PYTEST_ADDOPTS": "", "PYTHONPATH": str(ROOT)}
    done = run_module("tests.testing.checking", str(release), str(notes), folder=ROOT, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(release: str, notes: str) -> None:
    """Print the verdicts that `checked` returns."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "student"]:
        del sys.modules[name]
    sys.path.insert(0, release)
    from student import checking

    checking.TestRun = ForkedRun
    found = []
    for case in json.loads(Path(notes).read_text(encoding="utf-8")):
        files, cells = checking.package_of_cells(case["cells"], case["module"])
        tested = checking._tested(files, cells, case["module"], checking._texts(case["lang"]))
        found.append({"ended": tested.ended, **tested.verdicts})
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
