"""The whole run, as steps that take and return plain values. Read this first.

    find → (plan → recall → execute)… → record → judge → keep

`grade_all` takes submissions through `STEPS`; what goes wrong with one never stops the others. Planning, recalling and
executing go round until `policy.next_job` has seen enough. All of it happens in the caller's thread but what takes
long: that is the engine's, which brings executions back in the order in which they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from grader.errors import GraderFault
from grader.judge.exchange import Judge
from grader.judging import judged
from grader.model import Result, Submission
from grader.record import Record, recall, remember
from grader.schedule.base import Engine
from grader.setup import Setup
from grader.store import Store
from grader.work import Work, executions_to_keep, key_for, key_to_keep, observed, planned, recorded, task_for


@dataclass(frozen=True)
class Run:
    """What the steps of one run have in common; `begin` hears of each job to execute, `write` of each stored result."""

    setup: Setup
    engine: Engine
    judge: Judge
    store: Store
    write: Callable[[Result], None]
    begin: Callable[[Work], None] = lambda work: None


def _advance(run: Run, work: Work, executing: dict[str, Work]) -> Iterator[Work]:
    """Submit the next job that is not in the store yet; yield the work where there is none."""
    while (work := planned(work, run.setup)).job is not None:
        fresh, factor = run.setup.settings.fresh, work.job.time_factor
        known = None if fresh else recall(run.store, key_for(work.job, run.setup), time_factor=factor)
        if known is None:
            executing[work.name] = work
            run.begin(work)
            run.engine.submit(task_for(work, run.setup))
            return
        work = observed(work, known, run.setup, recalled=True)
    yield work


def execute(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Plan, recall and execute until enough has been seen of each submission; those done first come out first."""
    waiting, executing = iter(works), dict[str, Work]()
    while True:
        for work in waiting:
            yield from _advance(run, work, executing)
            if len(executing) >= run.engine.slots:
                break
        if (done := run.engine.next()) is None:
            return
        yield from _advance(run, observed(executing.pop(done.name), done.execution, run.setup), executing)


def _judged(run: Run, record: Record) -> Result:
    return judged(record, run.setup.assignment, run.setup.tests, run.judge)


def record(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Put together what there is to judge."""
    return (recorded(work, run.setup) for work in works)


def judge(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Put the hidden tests before it, and score."""
    return (replace(work, result=_judged(run, work.the_record)) for work in works)


def keep(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Store record and result, then have its files written; what cannot be kept is a fault of ours."""
    for work in works:
        try:
            key, executions = key_to_keep(work, run.setup), executions_to_keep(work, run.setup)
            remember(run.store, work.the_record, work.the_result, key=key, executions=executions)
            run.write(work.the_result)
        except (GraderFault, OSError) as error:
            lost = replace(work.the_record, fault=f"it could not be saved: {error}")
            work = replace(work, result=_judged(run, lost))  # noqa: PLW2901 - what became of it
        yield work


STEPS = (execute, record, judge, keep)


def grade_all(run: Run, submissions: Iterable[Submission]) -> Iterator[Work]:
    """Each submission with its result, stored and written, in the order in which they are done."""
    works: Iterator[Work] = map(Work, submissions)
    for step in STEPS:
        works = step(run, works)
    return works
