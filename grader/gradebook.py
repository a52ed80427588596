"""Results of a class, read from an output folder.

There is the latest result of everybody in it, whoever was graded last.

What was judged stands in the store. What people have said about it (`adjustments.csv`) and how late it came are the
`Terms` of the folder: put on each result where it is read, so that they survive every regrade and rejudge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.adjustments import LATENESS, Adjustments, read_adjustments
from grader.assignment import Assignment, LatenessRule
from grader.final import final_grade
from grader.judge.collect import collect
from grader.kept_assignment import assignment_of
from grader.lateness import lateness_of
from grader.model import Adjustment, Identity, Metrics, Provenance, Result
from grader.record import stored_result
from grader.report.order import in_order
from grader.store import Store

_UNKNOWN = Provenance(
    grader="",
    torch="",
    dataset="",
    threshold=0.0,
    seed=0,
    device="",
    sandbox="",
    started="",
    seconds=0.0,
    submission_sha256="",
)


@dataclass(frozen=True)
class Terms:
    """Adjustments and deadline: they decide grades beside the tests."""

    adjustments: Adjustments = field(default_factory=Adjustments)
    lateness: LatenessRule | None = None

    def _adjustments_of(self, identity: Identity) -> tuple[Adjustment, ...]:
        """Return the adjustments of a submission.

        What is said about a person as a whole holds for each of their attempts.
        """
        said = self.adjustments.by_submission.get(identity.name, ())
        if identity.attempt_of in ("", identity.name):
            return said
        of_person = self.adjustments.by_submission.get(identity.attempt_of, ())
        return (*(one for one in of_person if one.test in ("", LATENESS)), *said)

    def applied(self, result: Result) -> Result:
        """Add adjustments and lateness to `result`."""
        said = self._adjustments_of(result.identity)
        late = lateness_of(result.identity, self.lateness)
        if late is not None and any(one.test == LATENESS and one.excused for one in said):
            late = replace(late, percent=0.0)
        return replace(result, adjustments=said, lateness=late)


def read_terms(out: Path, assignment: Assignment | None = None) -> Terms:
    """Read the terms of an output folder.

    Args:
        out: may hold `adjustments.csv`.
        assignment: may set a deadline; None for the one that `out` was graded by.

    Raises:
        UsageError: a line of `adjustments.csv` makes no sense.
        AssignmentError: `assignment.toml` makes none.
    """
    tests = frozenset(collect())
    rule = (assignment or assignment_of(out, tests)).lateness
    return Terms(read_adjustments(out, tests), rule)


def _unreadable(submission: str) -> Result:
    """Return a substitute for an unreadable result.

    Another version has stored the result, or the disk has damaged it.
    """
    fault = "the stored result cannot be read: grade it again"
    return Result(Identity(submission), "grader_error", None, 0.0, (), Metrics(), _UNKNOWN, fault=fault)


def _points(result: Result) -> tuple[bool, float]:
    final = final_grade(result)
    return final.score is not None, final.score or 0.0


def _best(attempts: Sequence[Result]) -> Result:
    """Return the attempt of one person that counts.

    The best one counts, of equals the one that was named last; the result lists the others.

    Where one of them counts by itself, since attempts were not compared in the latest run, that is it.
    """
    alone = [result for result in attempts if not result.identity.attempt_of]
    best = alone[0] if alone else max(in_order(attempts), key=_points)
    others = tuple(result.identity.entry or result.submission for result in attempts if result is not best)
    return replace(best, identity=replace(best.identity, earlier_attempts=others)) if not alone else best


def _counted(results: Sequence[Result]) -> list[Result]:
    """Return one result of each person. Where several attempts of a person were graded it is the best."""
    people: dict[str, list[Result]] = {}
    for result in results:
        people.setdefault(result.identity.attempt_of or result.submission, []).append(result)
    return [attempts[0] if len(attempts) == 1 else _best(attempts) for attempts in people.values()]


def marked(store: Store, results: Iterable[Result], terms: Terms) -> list[Result]:
    """Return `results` on these terms, sorted by name. Each says whether it is of the last run into `store`.

    Where the best of several attempts counts, it is the only one of them.
    """
    latest = store.in_last_run()
    each = [replace(terms.applied(result), in_last_run=result.submission in latest) for result in results]
    return in_order(_counted(each))


def class_of(store: Store, results: Iterable[Result] = (), *, terms: Terms) -> list[Result]:
    """Return everybody's current result, sorted by name. The results are those in `store`.

    Args:
        store: of an output folder.
        results: of the run that has just ended; those that the store could not take are there all the same.
        terms: of the folder.
    """
    names = store.submissions()
    standing = [stored_result(store, name) or _unreadable(name) for name in names]
    known = set(names)
    unsaved = [result for result in results if result.submission not in known]
    return in_order([*marked(store, standing, terms), *map(terms.applied, unsaved)])
