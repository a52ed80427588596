"""New verdicts from stored observations, without running any submission.

What cannot be judged again, because the judge fails or another version of the grader observed it, keeps the result that
it has, and its row in the grade book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from grader.answers import with_images
from grader.assignment import Assignment
from grader.datasets import at_hand
from grader.datasets.base import Dataset
from grader.errors import UsageError
from grader.judge.collect import HiddenTest, probes_for, tests_for, with_prerequisites
from grader.judge.exchange import Judge
from grader.judging import judged
from grader.model import Result
from grader.plan import seed_from
from grader.protocol.codec import BrokenMessage
from grader.record import Record, check_observations, read_record, stored_result
from grader.store import Store, Stored, installation_secret

Tests = dict[str, HiddenTest]


@dataclass(frozen=True)
class _Context:
    """The shared context of rejudging.

    `data_of` gives a data set by its name, None where it is not on this machine: then no image is shown anew.
    """

    assignment: Assignment
    tests: Tests
    judge: Judge
    data_of: Callable[[str], Dataset | None]


@dataclass(frozen=True)
class Rejudged:
    """The outcome of rejudging one submission.

    `result` is the one that stands afterwards: the new one, or, where `why_kept` says why there is none, the old one;
    None where that cannot be read either. `unseen` are hidden tests that need what nobody observed.
    """

    submission: str
    result: Result | None
    why_kept: str | None = None
    unseen: tuple[str, ...] = ()

    @property
    def new(self) -> Result | None:
        """The new result, None where there is none."""
        return self.result if self.why_kept is None else None


def _with_current_tests(record: Record, tests: Tests) -> tuple[Record, tuple[str, ...]]:
    """Update the tests of `record` to the current ones. Return also those of them that it has no observations for."""
    asked = tests_for([test.partition("/")[0] for test in record.tests], tests)
    outcomes = record.execution.outcomes if record.execution is not None else {}
    unseen = [
        test
        for test in asked
        if record.problem is None and not outcomes.keys() >= {*probes_for(with_prerequisites([test], tests), tests)}
    ]
    return replace(record, tests=[test for test in asked if test not in unseen]), tuple(unseen)


def _with_images(record: Record, assignment: Assignment, dataset: Dataset) -> Record:
    """Add the images' numbers to a record that lacks them.

    It may be of a version that did not keep which images were asked about.
    """
    if record.facts is None or len(record.facts.images):
        return record
    of = record.provenance
    try:
        seed = seed_from(of.submission_sha256, of.seed, installation_secret())
    except UsageError:  # verdicts don't need it, so nothing is told of it
        return record
    return replace(record, facts=with_images(record.facts, assignment, dataset, seed))


def _with_panel(result: Result, store: Store) -> Result:
    """Add the former panel where none could be made.

    The images could not be made again then; those that were there show the same answers.
    """
    if result.metrics.panel or not result.metrics.confusion:
        return result
    before = stored_result(store, result.submission)
    return result if before is None else replace(result, metrics=replace(result.metrics, panel=before.metrics.panel))


def _has_predicted(record: Record) -> bool:
    outcome = record.execution.outcomes.get("predictions") if record.execution is not None else None
    return outcome is not None and outcome.kind == "ok"


def _judge_again(store: Store, stored: Stored, context: _Context) -> Rejudged:
    name = stored.submission
    try:
        record = read_record(stored)
        if record.execution is not None:
            check_observations(record.execution)
    except BrokenMessage:
        return Rejudged(name, stored_result(store, name), "another version of the grader observed it: grade it again")
    unseen: tuple[str, ...] = ()
    if record.fault is None:
        record, unseen = _with_current_tests(record, context.tests)
    dataset = context.data_of(record.provenance.dataset) if _has_predicted(record) else None
    if dataset is not None:
        record = _with_images(record, context.assignment, dataset)
    result = judged(record, context.assignment, context.tests, context.judge, dataset)
    if record.fault is not None:
        return Rejudged(name, result, f"it was not graded ({record.fault}): grade it again")
    if result.fault is not None:
        return Rejudged(name, stored_result(store, name), result.fault)
    return Rejudged(name, _with_panel(result, store), unseen=unseen)


def judge_again(store: Store, assignment: Assignment, tests: Tests) -> Iterator[Rejudged]:
    """Rejudge each submission in `store`, sorted by name. They come one after the other."""
    with Judge() as judge:
        context = _Context(assignment, tests, judge, cache(at_hand))
        for stored in store.all():
            yield _judge_again(store, stored, context)
