"""What is kept of a graded submission, and how it is judged: now, or again after the tests or the rubric changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader import scoring
from grader.assignment import Assignment
from grader.errors import GraderFault
from grader.judge.collect import HiddenTest, with_prerequisites
from grader.judge.exchange import judge
from grader.judge.facts import Facts
from grader.model import Metrics, Outcome, Problem, Provenance, Result, Verdict
from grader.plan import current_facts
from grader.protocol.codec import decode, encode
from grader.protocol.observations import Training
from grader.protocol.probes import PROBES


@dataclass(frozen=True)
class Record:
    """All that a result is made from; nothing in it is executable. `facts` is None where nothing was executed.

    Fields that came later have defaults: what was stored before them is still judged again.
    """

    submission: str
    student: dict[str, str]
    problem: Problem | None
    tests: list[str]
    outcomes: dict[str, Outcome]
    facts: Facts | None
    metrics: Metrics
    provenance: Provenance
    printed: str = ""
    fault: str | None = None
    entry: str = ""
    earlier_attempts: tuple[str, ...] = ()


def without_weights(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """`outcomes` without the trained weights, which are most of their size and are never judged."""
    kept = dict(outcomes)
    training = kept.get("training")
    if training is not None and training.kind == "ok":
        light = replace(decode(training.payload, Training), weights=b"")
        kept["training"] = replace(training, payload=encode(light))
    return kept


def check_observations(record: Record) -> None:
    """Find out whether all that was observed is of the shape that the hidden tests look at now.

    Raises:
        BrokenMessage: it is not.
    """
    for probe, outcome in record.outcomes.items():
        if outcome.kind == "ok" and probe in PROBES:
            decode(outcome.payload, PROBES[probe].observation)


def _unreadable(problem: Problem, tests: list[str]) -> list[Verdict]:
    """What cannot be read fails its first test with the reason, and that blocks the rest."""
    first = tests[0]
    verdicts = [Verdict(first, "failed", hint=problem.hint, data=problem.data)]
    blocked = {"blocker": first}
    return verdicts + [
        Verdict(test, "blocked", hint="outcome/blocked", data=blocked, blocked_by=first) for test in tests[1:]
    ]


def _verdicts(record: Record, assignment: Assignment, tests: dict[str, HiddenTest]) -> list[Verdict]:
    """The verdicts of the chosen tests; those they come after are judged too and left out."""
    chosen = [test for test in record.tests if test in tests]
    if record.problem is not None:
        return _unreadable(record.problem, chosen)
    if record.facts is None:
        raise GraderFault("nothing was observed of this submission")
    facts = current_facts(record.facts, assignment, record.provenance.dataset)
    ordered = with_prerequisites(chosen, tests)
    try:
        verdicts = judge(ordered, record.outcomes, facts)
    except GraderFault:  # a judge that was killed is asked once more
        verdicts = judge(ordered, record.outcomes, facts)
    return [verdict for verdict in verdicts if verdict.test in chosen]


def judged(record: Record, assignment: Assignment, tests: dict[str, HiddenTest]) -> Result:
    """The result of a record under `assignment`. A fault, earlier or of the judge, becomes `grader_error`."""
    fault = record.fault
    verdicts: list[Verdict] = []
    if fault is None:
        try:
            verdicts = _verdicts(record, assignment, tests)
        except (GraderFault, OSError) as error:
            fault = f"{type(error).__name__}: {error}"
    scored = scoring.score(verdicts, assignment.points) if fault is None else ()
    earned, possible = scoring.total(scored)
    if fault is not None:
        possible = round(sum(assignment.points.get(test, 0) for test in record.tests), 2)
    return Result(
        submission=record.submission,
        status=scoring.status(scored) if fault is None else "grader_error",
        score=earned if fault is None else None,
        max_score=possible,
        tests=scored,
        metrics=record.metrics,
        provenance=replace(record.provenance, threshold=assignment.bars_for(record.provenance.dataset).target),
        flags=scoring.flags(scored),
        fault=fault,
        printed=record.printed,
        student=record.student,
        entry=record.entry,
        earlier_attempts=record.earlier_attempts,
    )
