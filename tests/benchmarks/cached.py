"""How soon a class is done that has been graded before and has handed in nothing new."""

from __future__ import annotations

from tests.benchmarks.base import Bench, Goal, Row
from tests.benchmarks.copies import SMALL, write_copies
from tests.benchmarks.running import cpus, grader, walls

GOALS = {20: None, 200: None, 2000: Goal(10.0)}
"""By the number of submissions: seconds in which they are to be done."""


def _measure(bench: Bench, n: int) -> list[Row]:
    handed_in = write_copies(bench.folder / f"submit{n}", n, SMALL)
    options = (
        *("--only", "structure", "--dataset", "digits"),
        *("--sandbox", bench.sandbox, "--out", bench.folder / f"out{n}"),
    )
    bench.show(f"{n} submissions, for the first time")
    grader(handed_in, *options, expected=(0,))
    costs = [grader(handed_in, *options, expected=(0,)) for _ in bench.each_round(f"{n} submissions")]
    return [
        Row(f"{n:,} submissions again", walls(costs), wanted=GOALS[n]),
        Row(f"{n:,} submissions again, processors", cpus(costs), "CPU s"),
    ]


def measure_few(bench: Bench) -> list[Row]:
    """20 and 200 submissions."""
    return [row for n in (20, 200) for row in _measure(bench, n)]


def measure_many(bench: Bench) -> list[Row]:
    """2,000 submissions; to grade them for the first time takes most of an hour."""
    return _measure(bench, 2000)
