"""`grader rejudge OUT`: new verdicts from stored observations, and a list of whose score changes.

What cannot be judged again, because the judge fails or another version of the grader observed it, keeps the result that
it has, and its row in the grade book.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from grader.assignment import Assignment, load_assignment
from grader.errors import UsageError
from grader.i18n import translator
from grader.judge.collect import HiddenTest, collect, probes_for, tests_for, with_prerequisites
from grader.judge.exchange import Judge
from grader.judging import judged
from grader.model import Result
from grader.output import save_batch, save_result
from grader.protocol.codec import BrokenMessage, encode
from grader.record import Record, check_observations, read_record, stored_result
from grader.report.escape import one_line
from grader.store import FOLDER, Store, Stored

Tests = dict[str, HiddenTest]


@dataclass(frozen=True)
class Rejudged:
    """What became of one submission.

    `result` is the one that stands afterwards: the new one, or, where `left` says why there is none, the old one; None
    where that cannot be read either. `unseen` are hidden tests that need what nobody observed.
    """

    submission: str
    result: Result | None
    left: str | None = None
    unseen: tuple[str, ...] = ()

    @property
    def new(self) -> Result | None:
        """The result of judging again, None where there is none."""
        return self.result if self.left is None else None


def _as_of_now(record: Record, tests: Tests) -> tuple[Record, tuple[str, ...]]:
    """`record` with all tests that its categories have by now, and those of them that it has no observations for."""
    asked = tests_for([test.partition("/")[0] for test in record.tests], tests)
    outcomes = record.execution.outcomes if record.execution is not None else {}
    unseen = [
        test
        for test in asked
        if record.problem is None and not outcomes.keys() >= {*probes_for(with_prerequisites([test], tests), tests)}
    ]
    return replace(record, tests=[test for test in asked if test not in unseen]), tuple(unseen)


def _judge_again(store: Store, stored: Stored, assignment: Assignment, tests: Tests, judge: Judge) -> Rejudged:
    name = stored.submission
    try:
        record = read_record(stored)
        if record.execution is not None:
            check_observations(record.execution)
    except BrokenMessage:
        return Rejudged(name, stored_result(store, name), "another version of the grader observed it: grade it again")
    unseen: tuple[str, ...] = ()
    if record.fault is None:
        record, unseen = _as_of_now(record, tests)
    result = judged(record, assignment, tests, judge)
    if record.fault is not None:
        return Rejudged(name, result, f"it was not graded ({record.fault}): grade it again")
    if result.fault is not None:
        return Rejudged(name, stored_result(store, name), result.fault)
    return Rejudged(name, result, unseen=unseen)


def _all_again(store: Store, assignment: Assignment, tests: Tests) -> Iterator[Rejudged]:
    total = len(store.submissions())
    everything = tqdm(store.all(), "judging", total, leave=False, file=sys.stderr, disable=None, unit="submission")
    with Judge() as judge:
        for stored in everything:
            yield _judge_again(store, stored, assignment, tests, judge)


def _old_score(out: Path, submission: str) -> float | None:
    """The score that stands in `result.json`, None where there is none to compare with."""
    try:
        score = json.loads((out / submission / "result.json").read_bytes())["score"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(score) if isinstance(score, int | float) else None


def _shown(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"


def _tell_what_is_left(all_rejudged: list[Rejudged]) -> None:
    for each in all_rejudged:
        if each.left is not None:
            name, why = one_line(each.submission), one_line(each.left)
            print(f"grader: {name} keeps the result it has: {why}", file=sys.stderr)
    for test, count in Counter(test for each in all_rejudged for test in each.unseen).items():
        print(
            f"grader: {test} could not be judged for {count} of {len(all_rejudged)}: what it looks at was not "
            "observed then; grade them again",
            file=sys.stderr,
        )


def _tell_changes(out: Path, all_rejudged: list[Rejudged], unwritten: str | None) -> None:
    changed = 0
    new = [each.new for each in all_rejudged if each.new is not None]
    for result in new:
        before = _old_score(out, result.submission)
        if before != result.score:
            changed += 1
            print(f"{one_line(result.submission)}: {_shown(before)} → {_shown(result.score)}")
    kept = len(all_rejudged) - len(new)
    parts = [f"{len(new)} judged again, {changed} changed"]
    parts += [f"{kept} left as they are"] if kept else []
    parts += [f"nothing written ({unwritten})"] if unwritten else []
    print(", ".join(parts))


def _obstacle(all_rejudged: list[Rejudged]) -> str | None:
    """Why the grade book cannot be written: somebody would be missing in it."""
    lost = [each.submission for each in all_rejudged if each.result is None]
    if not lost:
        return None
    return f"the result of {one_line(lost[0])} cannot be read, it would be missing in grades.csv: grade it again first"


def _write(out: Path, store: Store, all_rejudged: list[Rejudged], language: str) -> None:
    translate = translator(language)
    for each in all_rejudged:
        if each.new is not None:
            store.put_result(each.submission, encode(each.new))
            save_result(out, each.new, translate)
    save_batch(out, [each.result for each in all_rejudged if each.result is not None], translate)


def rejudge_folder(out: Path, *, dry_run: bool) -> int:
    """Judge everything stored in `out` again, print whose score changes, and write the new results unless `dry_run`.

    Returns:
        0, or 3 where a submission could not be judged again and keeps the result it has.

    Raises:
        UsageError: nothing is stored there.
    """
    if not (out / FOLDER).is_dir():
        raise UsageError(f"{out} holds no stored observations: name the --out folder of an earlier run")
    tests = collect()
    assignment = load_assignment(tests=frozenset(tests))
    with Store.open(out) as store:
        all_rejudged = list(_all_again(store, assignment, tests))
        _tell_what_is_left(all_rejudged)
        unwritten = "--dry-run" if dry_run else _obstacle(all_rejudged)
        _tell_changes(out, all_rejudged, unwritten)
        if unwritten is None:
            _write(out, store, all_rejudged, assignment.language)
    return 3 if any(each.left is not None for each in all_rejudged) else 0
