"""The whole run, as steps over plain values. Steps take and return them. Read this first.

    find → look up → (plan → recall → execute)… → record → judge → keep

`grade_all` takes submissions through `STEPS`; what goes wrong with one never stops the others. Whose result stands from
an earlier run passes them untouched. Planning, recalling and executing go round until `policy.next_job` has seen
enough; each execution is stored as soon as it comes. All of it happens in the caller's thread but what takes long: that
is the engine's, which brings executions back in the order in which they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from grader.errors import GraderFault
from grader.judge.exchange import Judge
from grader.judging import judged
from grader.model import Execution, Result, Submission
from grader.protocol.codec import encode
from grader.record import Patience, Record, recall, remember, stored_result
from grader.schedule.base import Engine
from grader.setup import Setup
from grader.sources import keep_sources
from grader.standing import basis_of, look_up
from grader.store import Store
from grader.work import Work, key_for, key_to_keep, observed, planned, recorded, task_for


@dataclass(frozen=True)
class Run:
    """The shared context of one run's steps.

    Args:
        setup: what all submissions share.
        engine: executes jobs.
        judge: judges what they have brought.
        store: what earlier runs have left, and this one leaves.
        write: writes the files of each new result, once it is stored.
        confirm: sees to the files of each result that stands.
        begin: hears of each job to execute.
        foreseen: hears, before the first of them, how many submissions are known from earlier runs, and of how many.
        set_aside: writes the files of a trial of somebody who has a grade, which stays.
    """

    setup: Setup
    engine: Engine
    judge: Judge
    store: Store
    write: Callable[[Result], None]
    confirm: Callable[[Result], None] = lambda result: None
    begin: Callable[[Work], None] = lambda work: None
    foreseen: Callable[[int, int], None] = lambda known, total: None
    set_aside: Callable[[Result], None] = lambda result: None


def _journal(run: Run, work: Work, execution: Execution) -> Work:
    """Store an execution before anything else. So it is never made again."""
    assert work.job is not None
    if execution.fault is None:
        try:
            run.store.put_execution(key_for(work.job, run.setup), encode(execution))
        except GraderFault as error:
            work = replace(work, fault=f"what was observed of it could not be saved: {error}")
    return observed(work, execution, run.setup)


def _advance(run: Run, work: Work, executing: dict[str, Work]) -> Iterator[Work]:
    """Submit the next job, or yield finished work. A job that is in the store already is not submitted."""
    while not work.stands and (work := planned(work, run.setup)).job is not None:
        patience = Patience(work.job.time_factor, work.job.threads)
        known = None if run.setup.settings.fresh else recall(run.store, key_for(work.job, run.setup), patience)
        if known is None:
            executing[work.name] = work
            run.begin(work)
            run.engine.submit(task_for(work, run.setup))
            return
        work = observed(work, known, run.setup)
    yield work


def execute(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Plan, recall and execute submissions.

    Each goes on until enough has been seen of it; those done first come out first.
    """
    waiting, executing = iter(works), dict[str, Work]()
    while True:
        for work in waiting:
            yield from _advance(run, work, executing)
            if len(executing) >= run.engine.slots:
                break
        if (done := run.engine.next()) is None:
            return
        yield from _advance(run, _journal(run, executing.pop(done.name), done.execution), executing)


def _judged(run: Run, record: Record) -> Result:
    return judged(record, run.setup.assignment, run.setup.tests, run.judge, run.setup.dataset)


def record(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Assemble the records to judge."""
    return (work if work.stands else recorded(work, run.setup) for work in works)


def judge(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Judge and score the records. The hidden tests are put before them."""
    return (work if work.stands else replace(work, result=_judged(run, work.the_record)) for work in works)


def _kept(run: Run, work: Work) -> Work:
    """Store a result and write its files. A trial takes nobody's grade away."""
    result = work.the_result
    if work.stands:
        run.confirm(result)
        return work
    if not result.is_grade and (before := stored_result(run.store, work.name)) is not None and before.is_grade:
        run.set_aside(result)
        return replace(work, aside=True)
    basis = basis_of(work, run.setup)
    known = None if basis is None else encode(basis)
    remember(run.store, work.the_record, result, key=key_to_keep(work, run.setup), basis=known)
    run.write(result)
    return work


def keep(run: Run, works: Iterable[Work]) -> Iterator[Work]:
    """Store record and result, then write the files. What cannot be kept is a fault of ours."""
    for work in works:
        try:
            yield _kept(run, work)
        except (GraderFault, OSError) as error:
            fault = f"it could not be saved: {error}"
            unsaved = replace(work.the_result, status="grader_error", score=None, tests=(), flags=(), fault=fault)
            yield replace(work, result=unsaved)


STEPS = (execute, record, judge, keep)


def grade_all(run: Run, submissions: Iterable[Submission]) -> Iterator[Work]:
    """Grade all submissions, yielding each when done. Its result is stored and written.

    All are looked up before the first is executed: those come first whose result stands from an earlier run.
    """
    all_works, known = look_up([Work(submission) for submission in submissions], run.setup, run.store)
    run.store.begin_run(work.name for work in all_works if work.stands)
    keep_sources(run.store, (work.submission for work in all_works))
    run.foreseen(known, len(all_works))
    works: Iterator[Work] = iter(all_works)
    for step in STEPS:
        works = step(run, works)
    return works
