"""What a second job brings: a class graded one by one, and two at a time."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.base import Bench, Goal, Row, Unit
from tests.benchmarks.copies import reference, write_copies
from tests.benchmarks.running import grader

SUBMISSIONS = 20


def measure(bench: Bench) -> list[Row]:
    """Submissions a minute with `--jobs 1` and `--jobs 2`, training on the small digits included."""
    handed_in = write_copies(bench.folder / "submit", SUBMISSIONS, reference())
    rates: dict[int, list[float]] = {1: [], 2: []}
    for number in bench.each_round(f"{SUBMISSIONS} submissions"):
        for jobs, measured in rates.items():
            out: Path = bench.folder / f"out{number}-{jobs}"
            bench.show(f"--jobs {jobs}, round {number + 1} of {bench.rounds}")
            where = ("--dataset", "digits", "--sandbox", bench.sandbox, "--out", out)
            measured.append(60 * SUBMISSIONS / grader(handed_in, *where, "--jobs", str(jobs), expected=(0,)).wall)
    one, two = (tuple(measured) for measured in rates.values())
    return [
        Row(f"{SUBMISSIONS} submissions, `--jobs 1`", one, "/min"),
        Row(f"{SUBMISSIONS} submissions, `--jobs 2`", two, "/min", Unit("`--jobs 1`", one), Goal(1.8, at_most=False)),
    ]
