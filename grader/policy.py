"""Decides what to run next for a submission. It is one pure function, of what has been run for it so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.assignment import Bars
from grader.judge.facts import Facts
from grader.model import Execution, Job

ATTEMPTS_AT_A_FAULT = 2
"""Maximum executions of a job that meets faults. They are faults of the grader or its machine."""


@dataclass(frozen=True)
class Attempt:
    """A job that was executed, now or in an earlier run.

    `facts` are what its observations are compared with, None after a fault. `accuracy` is None where it reached none.
    """

    job: Job
    execution: Execution
    facts: Facts | None = None
    accuracy: float | None = None

    @property
    def faulty(self) -> bool:
        """Whether the grader or its machine failed."""
        return self.execution.fault is not None


def best(attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt that counts. It is the most accurate one without a fault, of equal ones the first."""
    return max(attempts, key=lambda attempt: (not attempt.faulty, attempt.accuracy or 0.0))


def _is_near_miss(attempt: Attempt, bars: Bars) -> bool:
    return attempt.accuracy is not None and bars.target - bars.near_miss <= attempt.accuracy < bars.target


def next_job(attempts: Sequence[Attempt], bars: Bars, job_for: Callable[[int], Job]) -> Job | None:
    """Return the next job for a submission. None where enough has been seen.

    The first job; the same once more after a fault of ours; the next seed after a near miss, as often as `bars` allow.

    Args:
        attempts: all so far, in their order.
        bars: the target, what is a near miss, and how many further seeds there are.
        job_for: the job of the seed that is so many further than the first.
    """
    if not attempts:
        return job_for(0)
    last = attempts[-1].job
    if attempts[-1].faulty and sum(attempt.job.seed == last.seed for attempt in attempts) < ATTEMPTS_AT_A_FAULT:
        return last
    standing = best(attempts)
    seeds = len({attempt.job.seed for attempt in attempts})
    if not standing.faulty and _is_near_miss(standing, bars) and seeds <= bars.retrain_seeds:
        return job_for(seeds)
    return None
