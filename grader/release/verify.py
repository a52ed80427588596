"""The kit's proof of itself. Every claim is a function that returns the reasons why it does not hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from grader.assignment import AssignmentFile, assignment_in
from grader.i18n import LANGUAGES, messages
from grader.judge.collect import collect
from grader.release.repository import find_solutions, leaks, repository, student_folder

_HINT = re.compile(r'"((?:structure|dropout|objective|training|accuracy|integrity|outcome|intake)/[a-z-]+)"')
_RUN_SECONDS = 300


def _pytest(files: Mapping[str, bytes]) -> tuple[int, str]:
    """Run `pytest student` on `files`. They lie in a folder as `student/`. Returns exit code and output."""
    with tempfile.TemporaryDirectory(prefix="grader-verify-") as folder:
        for name, content in files.items():
            path = Path(folder, "student", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "student", "--lang", "en", "-q", "-p", "no:cacheprovider"],
            cwd=folder,
            env={**os.environ, "PYTEST_ADDOPTS": "", "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            timeout=_RUN_SECONDS,
            check=False,
        )
    return done.returncode, done.stdout + done.stderr


def _counts(output: str) -> dict[str, int]:
    return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", output)}


def stubs_fail(given: AssignmentFile | None = None) -> list[str]:
    """Untouched stubs fail, with a to-do list. Only tests that ask for nothing may pass."""
    code, output = _pytest(student_folder(find_solutions(), assignment=assignment_in(given)))
    counts = _counts(output)
    reasons = [] if code == 1 and counts.get("failed") and not counts.get("error") else [f"pytest ended with {code}"]
    if "TODO" not in output and "not written yet" not in output:
        reasons.append("nothing tells the student what to write")
    if "Traceback" in output:
        reasons.append("a traceback is shown")
    return reasons


def solutions_pass(given: AssignmentFile | None = None) -> list[str]:
    """The filled-in copy passes every visible test."""
    code, output = _pytest(student_folder(find_solutions(), filled_in=True, assignment=assignment_in(given)))
    to_do = re.findall(r"^\d+\. \[.*", output, re.MULTILINE)
    return [] if code == 0 else to_do or [line for line in output.splitlines() if line.strip()][-5:]


def nothing_leaks(given: AssignmentFile | None = None) -> list[str]:
    """Students receive no solution and no hidden test."""
    solutions = find_solutions()
    return leaks(solutions, repository(solutions, given=given))


def messages_are_complete(given: AssignmentFile | None = None) -> list[str]:  # noqa: ARG001 - texts are for any
    """Every message exists in every language.

    They are those that a test or the intake can give; each test has one and a title.
    """
    folder = Path(__file__).parents[1]
    sources = [path for part in ("hidden", "judge", "intake") for path in (folder / part).glob("*.py")]
    used = {hint for path in sources for hint in _HINT.findall(path.read_text(encoding="utf-8"))}
    used |= {name for test in collect() for name in (test, f"title/{test}")}
    return [
        f"{language}: no text for {hint}" for language in LANGUAGES for hint in sorted(used - set(messages(language)))
    ]


def points_add_up(given: AssignmentFile | None = None) -> list[str]:
    """Tests have points: 100 in all by the grader's own assignment, and a line for each; any by another one."""
    tests = collect()
    points = assignment_in(given, tests=frozenset(tests)).points
    total = sum(points.values())
    if given is not None:
        return [] if total else ["nothing is worth a point"]
    reasons = [f"no points for {test}" for test in tests if test not in points]
    return reasons + ([f"the points sum to {total}"] if total != 100 else [])


CLAIMS: dict[str, Callable[[AssignmentFile | None], list[str]]] = {
    "points add up": points_add_up,
    "every message exists in every language": messages_are_complete,
    "no solution and no hidden test is released": nothing_leaks,
    "untouched stubs fail, with a list of what to do": stubs_fail,
    "solutions pass every visible test": solutions_pass,
}
