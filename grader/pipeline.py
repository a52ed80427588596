"""The whole run, as steps that take and return plain values. Read this first.

    discover → plan → execute → judge → score → save → report

`grade_all` takes one submission after another through `grade_one`; what goes wrong with one never stops the others.
A fault of the grader is tried once more, alone, and then becomes a result of its own (`grader_error`), never a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from grader import __version__
from grader.assignment import Assignment, load_assignment
from grader.datasets import Dataset
from grader.datasets import load as load_dataset
from grader.errors import GraderFault
from grader.intake import discover
from grader.judge.collect import HiddenTest, collect
from grader.judge.facts import Facts
from grader.model import CATEGORIES, Execution, Job, Metrics, Outcome, Provenance, Result, Submission
from grader.plan import (
    JobData,
    facts_for,
    generator_for,
    phases_for,
    relabelling,
    resource_limits,
    tests_for,
)
from grader.protocol.codec import decode
from grader.protocol.messages import Progress
from grader.protocol.observations import Build, Load, Predictions, Training
from grader.record import Record, judged, without_weights
from grader.sandbox import Backend, choose
from grader.schedule.calibrate import machine_factor
from grader.schedule.execute import Slot, execute
from grader.schedule.launch import launcher
from grader.store import installation_key

Listener = Callable[[str, str, Progress | None], None]
"""Hears (submission, phase, training progress)."""


@dataclass(frozen=True)
class Settings:
    """What the command line says. `time_limit` in seconds; None for the assignment's, scaled to this machine."""

    paths: tuple[Path, ...]
    categories: tuple[str, ...] = CATEGORIES
    dataset: str = "mnist"
    data_root: Path | None = None
    device: str = "cpu"
    time_limit: float | None = None
    sandbox: str = "auto"
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class Course:
    """Everything that is the same for all submissions of a run."""

    settings: Settings
    assignment: Assignment
    tests: dict[str, HiddenTest]
    chosen: tuple[str, ...]
    dataset: Dataset
    backend: Backend
    train_seconds: float
    probe_seconds: float
    predict_seconds: float
    key: bytes


def prepare(settings: Settings) -> Course:
    """Check and load what a run needs, before any submission is touched.

    Raises:
        UsageError: the assignment, the data or the sandbox are not to be had.
    """
    tests = collect()
    assignment = load_assignment(tests=frozenset(tests))
    backend = choose(settings.sandbox)
    dataset = load_dataset(settings.dataset, settings.data_root)
    factor = 1.0 if settings.time_limit is not None else machine_factor()
    limits = assignment.limits
    return Course(
        settings=settings,
        assignment=assignment,
        tests=tests,
        chosen=tuple(tests_for(settings.categories, tests)),
        dataset=dataset,
        backend=backend,
        train_seconds=settings.time_limit if settings.time_limit is not None else limits.train_seconds * factor,
        probe_seconds=min(limits.probe_seconds * factor, settings.time_limit or float("inf")),
        predict_seconds=limits.predict_seconds * factor,
        key=installation_key(),
    )


def plan(course: Course, submission: Submission, seed: int) -> tuple[Job, JobData]:
    """The job of one submission, and the data it will see."""
    rng = generator_for(submission, seed, course.key)
    bars = course.assignment.bars_for(course.dataset.name)
    train, predict = course.train_seconds, course.predict_seconds
    wall = {"probes": course.probe_seconds, "few-shot": train, "train": train, "predict": predict}
    job = Job(
        submission=submission,
        phases=phases_for(course.chosen, course.tests, wall),
        limits=resource_limits(course.assignment),
        dataset=course.dataset.name,
        seed=seed,
        device=course.settings.device,
        threads=course.settings.threads,
        relabelling=relabelling(course.assignment, rng),
        noise=course.assignment.integrity.noise,
        epochs_factor=bars.epochs_factor,
        redraw_weights=course.assignment.integrity.redraw_weights,
    )
    return job, JobData(course.dataset, job, rng)


def run_job(course: Course, job: Job, data: JobData, listen: Listener) -> Execution:
    """Execute `job`; a fault of ours is tried once more."""
    name = job.submission.name
    slot = Slot(
        sandbox=course.backend.name,
        launch=launcher(course.backend, job),
        arrays=data.arrays,
        on_progress=lambda phase, progress: listen(name, phase, progress),
    )
    execution = execute(job, slot)
    return execution if execution.fault is None else execute(job, slot)


def _seen(execution: Execution, probe: str) -> Outcome | None:
    outcome = execution.outcomes.get(probe)
    return outcome if outcome is not None and outcome.kind == "ok" else None


def metrics_of(execution: Execution, data: JobData) -> Metrics:
    """The numbers of a run, as far as it came."""
    metrics = Metrics(train_seconds=execution.train_seconds)
    if execution.peak_memory_bytes:
        metrics = replace(metrics, peak_memory_mb=round(execution.peak_memory_bytes / 2**20, 1))
    if built := _seen(execution, "build"):
        metrics = replace(metrics, n_parameters=decode(built.payload, Build).n_parameters or None)
    if loaded := _seen(execution, "load"):
        metrics = replace(metrics, epochs=decode(loaded.payload, Load).n_epochs)
    if trained := _seen(execution, "training"):
        training = decode(trained.payload, Training)
        metrics = replace(metrics, epochs=training.epochs, train_loss=tuple(training.losses))
    if predicted := _seen(execution, "predictions"):
        scores = decode(predicted.payload, Predictions).scores
        if scores.shape == (len(data.answers), 10):
            metrics = _with_accuracy(metrics, data, scores.argmax(axis=1))
    return metrics


def _with_accuracy(metrics: Metrics, data: JobData, guesses: np.ndarray) -> Metrics:
    right = int((guesses == data.answers).sum())
    table = np.zeros((10, 10), dtype=np.int64)
    np.add.at(table, (data.public_answers, data.true_digits(guesses)), 1)
    rows = tuple(tuple(int(count) for count in row) for row in table)
    total = len(guesses)
    return replace(metrics, accuracy=right / total, correct=right, test_size=total, confusion=rows)


def _provenance(
    course: Course, submission: Submission, execution: Execution, seed: int, started: datetime
) -> Provenance:
    return Provenance(
        grader=__version__,
        torch=execution.torch,
        dataset=course.dataset.name,
        threshold=course.assignment.bars_for(course.dataset.name).target,
        seed=seed,
        device=course.settings.device,
        sandbox=course.backend.name,
        started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round((datetime.now(UTC) - started).total_seconds(), 3),
        submission_sha256=submission.digest,
    )


def _near_miss(course: Course, metrics: Metrics) -> bool:
    bars = course.assignment.bars_for(course.dataset.name)
    return metrics.accuracy is not None and bars.target - bars.near_miss <= metrics.accuracy < bars.target


@dataclass(frozen=True)
class Observed:
    """One execution of a submission and what it is to be judged by."""

    execution: Execution
    metrics: Metrics
    facts: Facts
    seed: int


def _observe_once(course: Course, submission: Submission, seed: int, listen: Listener) -> Observed:
    job, data = plan(course, submission, seed)
    execution = run_job(course, job, data, listen)
    return Observed(execution, metrics_of(execution, data), facts_for(course.assignment, job, data), seed)


def observe(course: Course, submission: Submission, listen: Listener) -> Observed:
    """Execute a submission; where it just misses the target, train it again with further seeds, and keep the best."""
    best = _observe_once(course, submission, course.settings.seed, listen)
    for further in range(1, course.assignment.bars_for(course.dataset.name).retrain_seeds + 1):
        if best.execution.fault is not None or not _near_miss(course, best.metrics):
            break
        again = _observe_once(course, submission, course.settings.seed + further, listen)
        if again.execution.fault is None and (again.metrics.accuracy or 0.0) > (best.metrics.accuracy or 0.0):
            best = again
    return best


def record_of(course: Course, submission: Submission, listen: Listener) -> Record:
    """What there is to judge of a submission, with the fault where the grader or its machine failed."""
    started = datetime.now(UTC)
    observed: Observed | None = None
    fault: str | None = None
    if submission.problem is None:
        try:
            observed = observe(course, submission, listen)
            fault = observed.execution.fault
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with one submission, the others are graded
            fault = f"{type(error).__name__}: {error}"
    execution = observed.execution if observed else Execution({})
    return Record(
        submission=submission.name,
        student=dict(submission.student),
        problem=submission.problem,
        tests=list(course.chosen),
        outcomes=without_weights(execution.outcomes),
        facts=observed.facts if observed else None,
        metrics=observed.metrics if observed else Metrics(),
        provenance=_provenance(
            course, submission, execution, observed.seed if observed else course.settings.seed, started
        ),
        printed=execution.printed,
        fault=fault,
        entry=submission.entry,
        earlier_attempts=submission.earlier_attempts,
    )


def grade_all(
    course: Course, submissions: Sequence[Submission], save: Callable[[Record, Result], None], listen: Listener
) -> Iterator[Result]:
    """Grade one submission after another; each is saved before the next begins, and what cannot be is a fault."""
    for submission in submissions:
        record = record_of(course, submission, listen)
        result = judged(record, course.assignment, course.tests)
        try:
            save(record, result)
        except (GraderFault, OSError) as error:
            record = replace(record, fault=f"it could not be saved: {error}")
            result = judged(record, course.assignment, course.tests)
        yield result


def find(settings: Settings, out: Path) -> list[Submission]:
    """The submissions in `settings.paths`, among which the output folder `out` is none.

    Raises:
        UsageError: a path does not exist, or there is nothing to grade.
    """
    return discover(settings.paths, skip=[out])
