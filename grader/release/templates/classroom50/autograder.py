#!/usr/bin/env python3
"""Grades one submission for Classroom 50.

It is to be put into its config repository, see CI.md of the grader.

Classroom 50 runs it in the student's checkout, which is only read: the grader is installed outside of it, and runs the
submission in its sandbox. What it leaves there is `result.json` and `release-body.md`. It ends with 0 whatever the
grade, and with 1 where there is none to be had. A wheel of the grader beside this file is installed before SOURCE.
An assignment.toml beside it is the assignment.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = "@GRADER_SOURCE@"
"""Requirement that uv installs. It may be perceptron-grader==0.2.0, the URL of a wheel,
git+https://github.com/ORG/REPO@v0.2.0."""
OPTIONS: list[str] = []
"""More options of `grader`."""
TOTAL_SECONDS = 840
"""Seconds that the whole job may take. Classroom 50 ends a job after 15 minutes; the rest of them is for what comes
before and after."""
OTHER_SECONDS = 150
"""Seconds of grading beside the training itself."""
TRAININGS = 2
"""A near miss is trained a second time."""
LEAST_SECONDS = 60
GRACE_SECONDS = 5
"""Seconds for a command to end when asked. A cancelled job is killed ten seconds after its first signal."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STARTED = time.monotonic()


def left() -> float:
    """Seconds that are left."""
    return TOTAL_SECONDS - (time.monotonic() - STARTED)


class NotGradedError(Exception):
    """There is no result. That is not the student's fault."""


def run(command: list[str], folder: Path, *, good: tuple[int, ...] = (0,)) -> None:
    """Run `command` in `folder`. It is never the checkout, where files could change what Python imports."""
    shown = " ".join(Path(part).name for part in command[:5])
    try:
        process = subprocess.Popen(command, cwd=folder)
    except OSError as error:
        raise NotGradedError(f"`{shown}` could not be started: {error.strerror}") from None
    try:
        code = process.wait(max(1.0, left()))
    except subprocess.TimeoutExpired:
        reason = f"`{shown}` was not done in time: a grading takes at most {TOTAL_SECONDS} s here"
        raise NotGradedError(reason) from None
    finally:
        stop(process)
    if code not in good:
        raise NotGradedError(f"`{shown}` ended with {code}: the log above says why")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a command that still runs. It may clean up: the grader ends its sandboxes and removes their files."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end(number: int, _: object) -> None:
    """End this program at the first signal. Further ones, as a cancelled job gets, do not disturb that."""
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    sys.exit(128 + number)


def bundle() -> Path:
    """The folder of this file and of what lies beside it."""
    return Path(os.environ.get("CLASSROOM50_BUNDLE_DIR") or Path(__file__).parent).absolute()


def install(folder: Path) -> list[str]:
    """Install the grader below `folder`. Returns the beginning of its command line."""
    wheels = sorted(bundle().glob("*.whl"))
    source = str(wheels[-1]) if wheels else SOURCE
    if not source:
        raise NotGradedError(
            "write into SOURCE of autograder.py what is to be installed, or put a wheel of the grader beside it"
        )
    run([sys.executable, "-I", "-m", "venv", str(folder / "uv")], folder)
    run([str(folder / "uv" / "bin" / "python"), "-I", "-m", "pip", "install", "--quiet", "uv"], folder)
    uv, python = str(folder / "uv" / "bin" / "uv"), str(folder / "grader" / "bin" / "python")
    run([uv, "venv", "--no-config", "--quiet", "--python", "3.12", str(folder / "grader")], folder)
    install = [uv, "pip", "install", "--no-config", "--quiet", "--python", python, "--torch-backend", "cpu"]
    run([*install, source], folder)
    return [python, "-I", "-m", "grader"]


def take(folder: Path, entry: Path) -> None:
    """Copy the submission as a batch of one. Whatever it lacks, it is one submission."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.copytree(folder, entry, symlinks=True)
    else:
        entry.mkdir(parents=True)


def put(source: Path, target: Path) -> None:
    """Copy a file. The student may have left a link or a folder in its place, which goes."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    target.write_bytes(source.read_bytes())


def main() -> None:
    """Grade the checkout for Classroom 50. A folder for everything else is gone in the end."""
    place = os.environ.get("RUNNER_TEMP") or None
    with tempfile.TemporaryDirectory(prefix="grading-", dir=place, ignore_cleanup_errors=True) as work:
        grade(Path.cwd(), Path(work))


def grade(checkout: Path, work: Path) -> None:
    """Grade in an empty folder. The grader is installed there first, and the result goes into the checkout at last."""
    take(checkout / "student", work / "submit" / (os.environ.get("OWNER") or os.environ.get("USERNAME") or "student"))
    grader = install(work)
    own = bundle() / "assignment.toml"
    assignment = ["--assignment", str(own)] if own.is_file() else []
    limit = max(LEAST_SECONDS, int((left() - OTHER_SECONDS) / TRAININGS))
    word = secrets.token_hex(16)
    print(f"::stop-commands::{word}", flush=True)  # nothing that is printed meanwhile is a command to the runner
    try:
        options = ["--time-limit", str(limit), *assignment, *OPTIONS]
        run([*grader, "submit", "--out", "grades", *options], work, good=(0, 1))
    finally:
        print(f"::{word}::", flush=True)
    for target, name in (("classroom50", "result.json"), ("summary", "release-body.md")):
        (work / name).unlink(missing_ok=True)
        run([*grader, "export", target, "grades", "-o", str(work / name)], work)
        put(work / name, checkout / name)


if __name__ == "__main__":
    for each in SIGNALS:
        signal.signal(each, end)
    try:
        main()
    except NotGradedError as why:
        print(f"::error title=Not graded::{why}", flush=True)
        sys.exit(1)
