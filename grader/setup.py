"""The shared setup of a run. It is checked and loaded before any submission is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.assignment import Assignment, AssignmentFile, Bars, assignment_in
from grader.categories import CATEGORIES, GRADED_DATASET
from grader.datasets import load as load_dataset
from grader.datasets.base import Dataset
from grader.judge.collect import HiddenTest, collect, tests_for
from grader.sandbox import Backend, can_fork, choose
from grader.schedule.calibrate import machine_factor
from grader.schedule.launch import warm_up
from grader.store import installation_secret


@dataclass(frozen=True)
class Settings:
    """The command line's settings. `time_limit` is in seconds; None for the assignment's, scaled to this machine."""

    paths: tuple[Path, ...]
    categories: tuple[str, ...] = CATEGORIES
    dataset: str = GRADED_DATASET
    data_root: Path | None = None
    device: str = "cpu"
    time_limit: float | None = None
    sandbox: str = "auto"
    seed: int = 0
    threads: int = 1
    fresh: bool = False
    """Whether to repeat what an earlier run observed."""
    retrain: bool = True
    """Whether to retrain after a near miss. The assignment says how many further seeds there are."""


@dataclass(frozen=True)
class Setup:
    """Everything that all submissions of a run share.

    Args:
        settings: what was asked for.
        assignment: points, bars, limits, measures of integrity.
        tests: all hidden tests by id.
        chosen: ids of those that count, in judging order.
        dataset: as loaded.
        backend: the sandbox.
        seconds: wall-clock limits of `assignment.toml` by name ("train_seconds", …), on the reference machine.
        time_factor: by what to multiply them here.
        secret: known to this installation alone.
    """

    settings: Settings
    assignment: Assignment
    tests: dict[str, HiddenTest]
    chosen: tuple[str, ...]
    dataset: Dataset
    backend: Backend
    seconds: Mapping[str, float]
    time_factor: float
    secret: bytes

    @property
    def bars(self) -> Bars:
        """The accuracy bars on this run's data set."""
        bars = self.assignment.bars_for(self.dataset.name)
        return bars if self.settings.retrain else msgspec.structs.replace(bars, retrain_seeds=0)


def wall_seconds(assignment: Assignment, time_limit: float | None) -> dict[str, float]:
    """Return a run's wall-clock limits. The keys are their names in `assignment.toml`.

    Args:
        assignment: states them for the reference machine.
        time_limit: of one training run in seconds, which no phase of probes outlasts either; None for the assignment's.
    """
    limits = assignment.limits
    return {
        "train_seconds": time_limit or limits.train_seconds,
        "probe_seconds": min(limits.probe_seconds, time_limit or float("inf")),
        "predict_seconds": limits.predict_seconds,
    }


def prepare(settings: Settings, *, workers: int = 0, given: AssignmentFile | None = None) -> Setup:
    """Check and load what a run needs. No submission is touched before.

    Args:
        settings: what was asked for.
        workers: how many are likely to be needed; torch is then imported for them beside all that is done here.
        given: the assignment; None for the one that comes with the grader.

    Raises:
        UsageError: the assignment, the data or the sandbox are not to be had.
    """
    # whoever names a limit means seconds of this machine; measured before the import below is at work
    time_factor = 1.0 if settings.time_limit is not None else machine_factor()
    if workers and can_fork(settings.sandbox):
        warm_up(several=workers > 1)
    backend = choose(settings.sandbox)
    tests = collect()
    assignment = assignment_in(given, tests=frozenset(tests))
    return Setup(
        settings=settings,
        assignment=assignment,
        tests=tests,
        chosen=tuple(tests_for(settings.categories, tests)),
        dataset=load_dataset(settings.dataset, settings.data_root),
        backend=backend,
        seconds=wall_seconds(assignment, settings.time_limit),
        time_factor=time_factor,
        secret=installation_secret(),
    )
