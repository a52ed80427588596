"""The attempts made so far decide the next job."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from grader.assignment import Bars
from grader.model import Execution, Job
from grader.policy import Attempt, best, next_job
from grader.protocol.limits import Limits

PLAIN = Job({}, (), Limits(), "digits", 5, 1, "cpu", 1, True, 0)
BARS = Bars(bars=[0.9, 0.95, 0.97], retrain_seeds=2, near_miss=0.01, epochs_factor=1, max_moved_loss=0.1)
WELL, NEAR, NEARER, FAR = 0.98, 0.965, 0.968, 0.9
FAULT = Execution({}, fault="the disk is full")


def job_for(further: int) -> Job:
    """Return the job of a further seed."""
    return replace(PLAIN, seed=PLAIN.seed + further)


def tried(further: int, accuracy: float | None = None, *, fault: bool = False) -> Attempt:
    """Return an attempt with a further seed."""
    return Attempt(job_for(further), FAULT if fault else Execution({}), None, accuracy)


def seeds(*attempts: Attempt) -> int | None:
    """Return how many seeds further the next job is, or None."""
    job = next_job(attempts, BARS, job_for)
    return None if job is None else job.seed - PLAIN.seed


def test_a_submission_is_executed_once() -> None:
    """A submission is executed once, but for a near miss.

    There is no other job where the target is reached, far away, or not asked for.
    """
    assert seeds() == 0
    for accuracy in (WELL, FAR, None):
        assert seeds(tried(0, accuracy)) is None


def test_a_fault_of_ours_is_tried_once_more() -> None:
    """A fault of the machine is tried once more. After the second fault there is an end."""
    assert seeds(tried(0, fault=True)) == 0
    assert seeds(tried(0, fault=True), tried(0, fault=True)) is None
    assert seeds(tried(0, fault=True), tried(0, WELL)) is None


def test_a_near_miss_is_trained_again_as_often_as_the_assignment_says() -> None:
    """A near miss is trained again with further seeds.

    The assignment says how often; a training that reaches the target ends it.
    """
    assert seeds(tried(0, NEAR)) == 1
    assert seeds(tried(0, NEAR), tried(1, FAR)) == 2
    assert seeds(tried(0, NEAR), tried(1, WELL)) is None
    assert seeds(tried(0, NEAR), tried(1, FAR), tried(2, FAR)) is None
    assert next_job([tried(0, NEAR)], replace_seeds(0), job_for) is None


def replace_seeds(retrain_seeds: int) -> Bars:
    """Return the bars with this number of further seeds."""
    return msgspec.structs.replace(BARS, retrain_seeds=retrain_seeds)


def test_a_fault_while_training_again_takes_nothing_away() -> None:
    """A fault during a further training takes nothing away.

    It is tried once more, then the next seed; the best attempt without a fault counts.
    """
    first = tried(0, NEAR)
    assert seeds(first, tried(1, fault=True)) == 1
    assert seeds(first, tried(1, fault=True), tried(1, fault=True)) == 2
    assert best([first, tried(1, fault=True)]) == first


def test_the_best_attempt_counts() -> None:
    """The most accurate attempt counts. Of equal ones the first does, and any before one with a fault."""
    assert best([tried(0, NEAR), tried(1, NEARER), tried(2, FAR)]) == tried(1, NEARER)
    assert best([tried(0, NEAR), tried(1, NEAR)]) == tried(0, NEAR)
    assert best([tried(0, fault=True), tried(0, None)]) == tried(0, None)
