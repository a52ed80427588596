"""Time to grade a class again when nothing has changed."""

from __future__ import annotations

from tests.benchmarks.base import Bench, Goal, Row
from tests.benchmarks.copies import SMALL, write_copies
from tests.benchmarks.running import cpus, grader, walls

GOALS = {20: None, 200: None, 2000: Goal(10.0)}
"""Seconds allowed, by the number of submissions. None sets no goal."""


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
    """Measure 20 and 200 submissions."""
    return [row for n in (20, 200) for row in _measure(bench, n)]


def measure_many(bench: Bench) -> list[Row]:
    """Measure 2,000 submissions. To grade them for the first time takes most of an hour."""
    return _measure(bench, 2000)
