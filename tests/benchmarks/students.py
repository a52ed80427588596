"""Measure how soon students get an answer. The machine is idle at first, then shared with other programs."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.benchmarks.base import ROOT, Bench, Goal, Row, Unit, Unmeasured
from tests.benchmarks.running import Cost, cpus, walls

PROGRAMS = (0, 1, 2)
"""Numbers of other programs that each keep a processor busy."""
REPEATS = 14
"""Copies of the small digits in the training set. An epoch has some 1,250 steps at batch 16."""
PLAIN = {"OMP_WAIT_POLICY": "active", "GOMP_SPINCOUNT": "300000", "OMP_NUM_THREADS": str(os.cpu_count() or 1)}
"""Environment for torch with its default threads.

It has as many threads as processors, and they wait at full speed for a while (GNU's 300,000 rounds).
"""


@contextlib.contextmanager
def _busy(n: int) -> Iterator[None]:
    """Keep `n` other programs computing meanwhile."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def _cost(*command: str | Path, programs: int, cwd: Path = ROOT, code: int = 0, **variables: str) -> Cost:
    """Cost of `python COMMAND` while `programs` others run.

    `running.run` cannot be used here: it would wait for those, too.

    Raises:
        Unmeasured: the command ended with another exit code than `code`.
    """
    with tempfile.TemporaryFile() as printed, _busy(programs):
        begin = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            cwd=cwd,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != code:
            printed.seek(0)
            said = (printed.read().decode(errors="replace").splitlines() or ["nothing"])[-1]
            raise Unmeasured(f"`{command[1]}` ended with {process.returncode} and said: {said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def _written(folder: Path, *, filled_in: bool) -> Path:
    """Write a student's repository into `folder`."""
    from grader.release.repository import find_solutions, student_folder

    for name, content in student_folder(find_solutions(), filled_in=filled_in).items():
        path = folder / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _imported(programs: int) -> Cost:
    """Import torch beside the busy programs. It is the unit of the other rows."""
    return _cost("-c", "import torch", programs=programs)


def _tested(folder: Path, programs: int, *, code: int) -> Cost:
    """Run `pytest student` once, with only a student's plugins."""
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return _cost(*"-m pytest student -q".split(), programs=programs, cwd=folder, code=code, **alone)


def _trained(folder: Path, programs: int, *, plain: bool) -> Cost:
    """Train one epoch with small batches."""
    command = "-m student train --device cpu --epochs 1 --batch-size 16 --data-root data --out runs".split()
    return _cost(*command, programs=programs, cwd=folder, **(PLAIN if plain else {}))


def _beside(bench: Bench, programs: int, stubs: Path, solved: Path) -> list[Row]:
    """Measure with this many busy programs, and return the rows."""
    beside = f"beside {programs} busy" if programs else "alone"
    costs = bench.in_turns(
        {
            f"import torch, {beside}": partial(_imported, programs),
            f"stubs, {beside}": partial(_tested, stubs, programs, code=1),
            f"solution, {beside}": partial(_tested, solved, programs, code=0),
            f"an epoch, torch as it comes, {beside}": partial(_trained, solved, programs, plain=True),
            f"an epoch, {beside}": partial(_trained, solved, programs, plain=False),
        }
    )
    imported, listed, passed, plain, epoch = costs.values()
    torch = Unit("`import torch`", walls(imported))
    processors = Unit("`import torch`", cpus(imported))
    as_it_comes = Unit("torch as it comes", walls(plain))
    return [
        Row(f"`pytest student`, stubs, {beside}", walls(listed), unit=torch, wanted=Goal(2)),
        Row(f"`pytest student`, solution, {beside}", walls(passed), unit=torch, wanted=Goal(4)),
        Row(f"the same, processors, {beside}", cpus(passed), "CPU s", processors, Goal(3.5)),
        Row(f"`student train`, torch as it comes, {beside}", as_it_comes.values),
        Row(f"`student train`, {beside}", walls(epoch), unit=as_it_comes, wanted=Goal(1.1)),
    ]


def measure(bench: Bench) -> list[Row]:
    """Measure `pytest student` and one epoch of training.

    The tests run on the stubs and on the solution; the epoch is compared with torch's default threads.
    """
    from tests.testing.small_mnist import write_small_mnist

    stubs = _written(bench.folder / "stubs", filled_in=False)
    solved = _written(bench.folder / "solved", filled_in=True)
    write_small_mnist(solved / "data", repeats=REPEATS)
    _tested(stubs, 0, code=1)  # Python compiles the modules in this first run
    _tested(solved, 0, code=0)
    return [row for programs in PROGRAMS for row in _beside(bench, programs, stubs, solved)]
