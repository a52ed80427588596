"""Measure the cost of grading beside the submission's own training."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.base import ROOT, Bench, Goal, Row, Unit, Unmeasured
from tests.benchmarks.copies import reference, write_copies
from tests.benchmarks.running import GRADED, Cost, cpus, grader, import_torch, walls

UNTRAINED = "structure,dropout,objective,training"
FAILING = ROOT / "tests" / "submissions" / "buggy" / "structure" / "typo-in-forward"
FEW, MANY = 2, 12


@dataclass
class _Runs:
    """Repeated runs of the grader. Each has a new output folder, so nothing is known from before."""

    bench: Bench
    training: list[float]
    """Seconds that each whole run spent in the submission's own `train`."""

    def __post_init__(self) -> None:
        self._number = itertools.count()

    def grade(self, what: Path, *options: str, expected: tuple[int, ...] = GRADED) -> tuple[Cost, Path]:
        """Grade `what` on the small digits; return cost and output folder."""
        out = self.bench.folder / f"out{next(self._number)}"
        common = ("--dataset", "digits", "--sandbox", self.bench.sandbox, "--jobs", "1", "--out", out)
        return grader(what, *common, *options, expected=expected), out

    def whole(self) -> Cost:
        """Grade the reference solution completely, its training included."""
        cost, out = self.grade(ROOT / "solutions", expected=(0,))
        metrics = json.loads((out / "solutions" / "result.json").read_bytes())["metrics"]
        self.training.append(float(metrics["train_seconds"]))
        return cost

    def failing(self) -> Cost:
        """Grade the structure of a submission whose network cannot be used."""
        cost, out = self.grade(FAILING, "--only", "structure", expected=(1,))
        metrics = json.loads((out / FAILING.name / "result.json").read_bytes())["metrics"]
        if metrics["train_seconds"] is not None:
            raise Unmeasured(f"{FAILING.name} was trained: it is no longer a submission that fails early")
        return cost

    def batch(self, folder: Path) -> Cost:
        """Grade a folder of submissions in the categories without training."""
        return self.grade(folder, "--only", UNTRAINED)[0]


def measure(bench: Bench) -> list[Row]:
    """Measure a whole run, a failing submission, and batches.

    The rows give a whole run less its training, a failing structure alone, and each further submission of a batch.
    """
    runs = _Runs(bench, [])
    few = write_copies(bench.folder / "few", FEW, reference())
    many = write_copies(bench.folder / "many", MANY, reference())
    measured: dict[str, Callable[[], Cost]] = {
        "import torch": import_torch,
        "whole run": runs.whole,
        "failing": runs.failing,
        "batch of few": lambda: runs.batch(few),
        "batch of many": lambda: runs.batch(many),
    }
    costs = bench.in_turns(measured)
    torch = Unit("`import torch`", walls(costs["import torch"]))
    torch_cpu = Unit("`import torch`", cpus(costs["import torch"]))
    beside = tuple(cost.wall - seconds for cost, seconds in zip(costs["whole run"], runs.training, strict=True))
    pairs = zip(costs["batch of many"], costs["batch of few"], strict=True)
    further = [(more - less) / (MANY - FEW) for more, less in pairs]
    return [
        Row("`import torch`", torch.values),
        Row("`import torch`, processors", torch_cpu.values, "CPU s"),
        Row("whole run without `train`", beside, unit=torch, wanted=Goal(2.0)),
        Row("a failing structure, asked for alone", walls(costs["failing"]), unit=torch, wanted=Goal(1.5)),
        Row("a failing structure, asked for alone, processors", cpus(costs["failing"]), "CPU s", torch_cpu),
        Row("each further submission", walls(further), unit=torch, wanted=Goal(0.6)),
        Row("each further submission, processors", cpus(further), "CPU s", torch_cpu, Goal(0.6)),
    ]
