"""Run commands and measure their cost. Costs are wall-clock seconds and processor seconds."""

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
"""Exit codes of a run that graded every submission."""


@dataclass(frozen=True)
class Cost:
    """Cost of a command in seconds: wall clock and processors.

    Processor time covers the whole tree of its processes.
    """

    wall: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        """The difference of two costs."""
        return Cost(self.wall - other.wall, self.cpu - other.cpu)

    def __truediv__(self, n: int) -> Cost:
        """The cost divided by `n`."""
        return Cost(self.wall / n, self.cpu / n)


def walls(costs: Iterable[Cost]) -> tuple[float, ...]:
    """Wall-clock seconds of each cost."""
    return tuple(cost.wall for cost in costs)


def cpus(costs: Iterable[Cost]) -> tuple[float, ...]:
    """Processor seconds of each cost."""
    return tuple(cost.cpu for cost in costs)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _take_in() -> None:
    """Wait for the processes that a command left behind.

    Only the usage of processes that were waited for is counted.
    """
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0):
            pass


def adopt_orphans() -> None:
    """Become the parent of processes that outlive theirs. Their usage is then counted; Linux alone can do this."""
    if sys.platform == "linux":
        from grader.linux.process import adopt_orphans as adopt

        adopt()


def run(
    *command: str | Path, cwd: Path = ROOT, expected: Collection[int] = (0,), extra: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end and return its cost. Do not call it while other children of this process run.

    Args:
        command: the program and its arguments.
        cwd: where it runs.
        expected: exit codes of a command that did what is measured.
        extra: environment variables beside those of this process.

    Raises:
        Unmeasured: the command did not start, or ended with another exit code.
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
    """Cost of `python -c code`."""
    return run(sys.executable, "-c", code)


def import_torch() -> Cost:
    """Cost of `python -c "import torch"`. Most other costs are given as multiples of it."""
    return python("import torch")


def grader(*arguments: str | Path, expected: Collection[int] = GRADED) -> Cost:
    """Cost of a run of this checkout's `grader`."""
    return run(sys.executable, "-m", "grader", *arguments, expected=expected)
