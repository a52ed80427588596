"""Measure how soon the command answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.benchmarks.base import Bench, Goal, Row, Unit
from tests.benchmarks.running import Cost, grader, import_torch, python, walls


def measure(bench: Bench) -> list[Row]:
    """Compare `grader --help` with an empty Python and with `import torch`."""
    measured: dict[str, Callable[[], Cost]] = {
        "python -c pass": partial(python, "pass"),
        "import torch": import_torch,
        "grader --help": partial(grader, "--help", expected=(0,)),
    }
    costs = bench.in_turns(measured)
    nothing = Unit("`python -c pass`", walls(costs["python -c pass"]))
    torch = walls(costs["import torch"])
    answered = walls(costs["grader --help"])
    return [
        Row("`python -c pass`", nothing.values),
        Row('`python -c "import torch"`', torch, unit=nothing),
        Row("`grader --help`", answered, wanted=Goal(0.3)),
        Row("`grader --help`, compared", answered, unit=Unit("`import torch`", torch)),
    ]
