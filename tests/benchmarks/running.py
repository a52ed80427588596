"""Commands as a person types them, and what they cost: seconds on the clock, and of processors."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.base import ROOT, Unmeasured

GRADED = (0, 1)
"""Exit codes of a run in which everything was graded."""


@dataclass(frozen=True)
class Cost:
    """Seconds of a command: on the clock, and of processors in the whole tree of its processes."""

    wall: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        """What this one took more."""
        return Cost(self.wall - other.wall, self.cpu - other.cpu)

    def __truediv__(self, n: int) -> Cost:
        """The n-th part."""
        return Cost(self.wall / n, self.cpu / n)


def walls(costs: Iterable[Cost]) -> tuple[float, ...]:
    """Seconds on the clock, of each."""
    return tuple(cost.wall for cost in costs)


def cpus(costs: Iterable[Cost]) -> tuple[float, ...]:
    """Seconds of processors, of each."""
    return tuple(cost.cpu for cost in costs)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _take_in() -> None:
    """Wait for what a command has left behind: only the usage of processes that were waited for is counted."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0):
            pass


def adopt_orphans() -> None:
    """Become the parent of processes that outlive theirs, so that their usage is counted (Linux alone can)."""
    if sys.platform == "linux":
        from grader.linux.process import adopt_orphans as adopt

        adopt()


def run(
    *command: str | Path, cwd: Path = ROOT, expected: Collection[int] = (0,), extra: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end, and say what it cost. Not to be called while other children of this process run.

    Args:
        command: the program and its arguments.
        cwd: where it runs.
        expected: exit codes that mean that it did what is measured.
        extra: variables of its environment beside ours.

    Raises:
        Unmeasured: it ended in another way.
    """
    used, begin = _used(), time.monotonic()
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(extra or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Unmeasured(f"{command[0]}: {error}") from error
    wall = time.monotonic() - begin
    _take_in()
    if done.returncode not in expected:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        shown = " ".join(Path(part).name for part in map(str, command[:4]))
        raise Unmeasured(f"`{shown} …` ended with {done.returncode} and said: {said}")
    return Cost(wall, _used() - used)


def python(code: str) -> Cost:
    """What `python -c code` costs."""
    return run(sys.executable, "-c", code)


def import_torch() -> Cost:
    """What `python -c "import torch"` costs, the unit that most others are given in."""
    return python("import torch")


def grader(*arguments: str | Path, expected: Collection[int] = GRADED) -> Cost:
    """What a run of this checkout's `grader` costs."""
    return run(sys.executable, "-m", "grader", *arguments, expected=expected)
