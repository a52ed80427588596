"""Compare one job at a time with two."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.base import Bench, Goal, Row, Unit, Unmeasured
from tests.benchmarks.copies import reference, write_copies
from tests.benchmarks.running import grader

SUBMISSIONS = 20


def _rate(bench: Bench, handed_in: Path, out: Path, jobs: int) -> float:
    """Submissions graded per minute.

    Raises:
        Unmeasured: a submission was not trained to its end.
    """
    where = ("--dataset", "digits", "--sandbox", bench.sandbox, "--out", out)
    seconds = grader(handed_in, *where, "--jobs", str(jobs)).wall
    results = [json.loads(path.read_bytes()) for path in out.glob("*/result.json")]
    trained = sum(result["metrics"]["train_seconds"] is not None for result in results)
    if trained != SUBMISSIONS:
        raise Unmeasured(f"with --jobs {jobs} only {trained} of {SUBMISSIONS} submissions were trained")
    return 60 * SUBMISSIONS / seconds


def measure(bench: Bench) -> list[Row]:
    """Submissions per minute with `--jobs 1` and `--jobs 2`. Training on the small digits is included."""
    handed_in = write_copies(bench.folder / "submit", SUBMISSIONS, reference())
    rates: dict[int, list[float]] = {1: [], 2: []}
    for number in range(bench.rounds):
        for jobs, measured in rates.items():
            bench.show(f"--jobs {jobs}, round {number + 1} of {bench.rounds}")
            measured.append(_rate(bench, handed_in, bench.folder / f"out{number}-{jobs}", jobs))
    one, two = (tuple(measured) for measured in rates.values())
    return [
        Row(f"{SUBMISSIONS} submissions, `--jobs 1`", one, "/min"),
        Row(f"{SUBMISSIONS} submissions, `--jobs 2`", two, "/min", Unit("`--jobs 1`", one), Goal(1.8, at_most=False)),
    ]
