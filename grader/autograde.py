"""Points for the cells of an nbgrader notebook. `nbgrader autograde` calls this, instead of tests in the kernel.

A hidden region of the homework's notebook is one line, `from grader.autograde import points; points("dropout", of=15)`.
It grades the notebook's *file*, in a process and a sandbox of its own: no object of the kernel is looked at. The first
call grades all categories and takes as long as a grading takes, the others look up what it found.

nbgrader takes the last value of a cell as its points, and does so in a strange way: what is no plain number of at least
zero has full points, and what stands on stderr before it takes them all. So a value here is a plain `float` between 0
and `of`, and nothing is written to stderr. A fault of the grader raises: `nbgrader_config.py` of a released course then
leaves the submission without points, to be graded again, as an error in a cell would cost all of its points.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.categories import GRADED_DATASET
from grader.errors import GraderFault
from grader.telling import last_line

CELL = "points-"
"""Prefix of the id of a category's cell. The cell has the points of the category."""
ADJUSTMENT_CELL = "points-adjustment"
"""The id of the cell for adjustments. A person adds to the total with it, or takes off."""
REPORT_CELL = "training"
"""The id of the cell for the feedback. Its comment is the feedback, and it is the last that a student writes.

nbgrader has comments for such cells alone, and one made for the purpose would get a stub.
"""
PLACEHOLDER = "perceptron_grader"
"""Key in the metadata of a placeholder notebook. It stands for work handed in elsewhere."""
PLACEHOLDER_FILE = ".grader-placeholder"
"""The file that marks a placeholder notebook.

It lies beside the notebook; in `submitted/` of a course that is nobody's work.
"""
OPTIONS = "GRADER_AUTOGRADE"
"""Environment variable with further options for `grader`. They are written as on a command line."""

NOTEBOOK = "GRADER_NOTEBOOK"
"""Environment variable with the calling notebook's path. It is needed where the kernel works in another folder."""

STUDENT = "GRADER_STUDENT"
"""Environment variable with nbgrader's name of the student."""
OUT = "GRADER_AUTOGRADE_OUT"
"""Environment variable with the course's output folder. What has not changed is found again there."""

_results: dict[tuple[str, str], Mapping[str, Any]] = {}
"""Results graded in this kernel.

They are documents of the schema "grader.result/1", by digest of the file and language.
"""


def summary(tests: Sequence[Mapping[str, Any]], category: str) -> tuple[float, float, list[str]]:
    """Summarize one category: points, maximum, failed tests. There is a line for each of its tests that failed.

    Where all of them wait for another category, one line says so.

    Args:
        tests: as `result.json` has them.
        category: one of the contract's.
    """
    chosen = [test for test in tests if test["category"] == category]
    cents = sum(round(100 * test["score"]) for test in chosen)
    most = sum(round(100 * test["max_score"]) for test in chosen)
    failed = [test for test in chosen if test["status"] != "passed"]
    reported = [test for test in failed if test["status"] != "blocked"] or failed[:1]
    return cents / 100, most / 100, [f"{test['id']}: {test['message']}" for test in reported]


def _notebook() -> Path:
    """Find the notebook whose cell calls. nbgrader executes it in its own folder.

    Raises:
        GraderFault: there is not exactly one that has such cells.
    """
    if NOTEBOOK in os.environ:
        return Path(os.environ[NOTEBOOK])
    found = [path for path in sorted(Path.cwd().glob("*.ipynb")) if f'"{CELL}' in path.read_text(encoding="utf-8")]
    if len(found) != 1:
        raise GraderFault(f"{Path.cwd()} holds {len(found)} notebooks with cells for points, but must hold exactly one")
    return found[0]


def _submission_name() -> str:
    """Return a name for the submission. That is the student's name, as far as it can name a folder."""
    student = os.environ.get(STUDENT, "homework")
    if re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]{0,60}", student):
        return student
    plain = re.sub("[^A-Za-z0-9]+", "-", student).strip("-")[:50]
    return f"{plain or 'student'}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def _result_in(out: Path, options: Sequence[str]) -> Mapping[str, Any]:
    """Read the result of a run with `options`. A grade and a trial of the work may lie beside each other in `out`.

    Raises:
        GraderFault: nothing.
    """
    wanted = options[options.index("--dataset") + 1] if "--dataset" in options[:-1] else GRADED_DATASET
    folder = out / _submission_name()
    for path in (folder / "result.json", folder / "trial" / "result.json"):
        if path.is_file():
            result: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if result["provenance"]["dataset"] == wanted:
                return result
    raise GraderFault(f"the grader has written no result on {wanted} to {folder}")


def _graded(content: bytes, lang: str) -> Mapping[str, Any]:
    """Grade a notebook with this content. Return the result of running `grader` over it.

    Raises:
        GraderFault: it has none.
    """
    with tempfile.TemporaryDirectory(prefix="grader-autograde-") as folder:
        copy = Path(folder, f"{_submission_name()}.ipynb")
        copy.write_bytes(content)
        out = Path(os.environ.get(OUT) or Path(folder, "grades"))
        options = ["--jobs", "1", "--lang", lang, *shlex.split(os.environ.get(OPTIONS, ""))]
        done = subprocess.run(
            [sys.executable, "-m", "grader", str(copy), "--out", str(out), *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode not in {0, 1}:
            raise GraderFault(f"the grader ended with {done.returncode}: {last_line(done.stderr)}")
        return _result_in(out, options)


def points(category: str, *, of: float, lang: str = "en") -> float:
    """Return the calling notebook's points in one category. What was lost is printed to stdout.

    Args:
        category: one of the contract's.
        of: points that the cell is worth.
        lang: of what is printed.

    Returns:
        A plain number of at least 0 and at most `of`.

    Raises:
        GraderFault: the grader failed, the course was made for other points, or the work was handed in elsewhere.
    """
    notebook = _notebook()
    content = notebook.read_bytes()
    if PLACEHOLDER in json.loads(content).get("metadata", {}):
        raise GraderFault("this was not handed in through nbgrader: `grader export nbgrader` brings its points")
    key = (hashlib.sha256(content).hexdigest(), lang)
    if key not in _results:
        _results[key] = _graded(content, lang)
    score, most, lines = summary(_results[key]["tests"], category)
    if most != of:
        raise GraderFault(f"{category} is worth {most:g} points now and {of:g} in this course: release it anew")
    print("\n".join(lines), end="\n" if lines else "")
    return float(min(max(score, 0.0), of))
