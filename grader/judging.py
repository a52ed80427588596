"""From observations to a result. The hidden tests and the rubric are those of now, at once or years later."""

from __future__ import annotations

from dataclasses import replace

from grader import scoring
from grader.answers import current_facts
from grader.assignment import Assignment
from grader.categories import CATEGORIES
from grader.datasets.base import Dataset
from grader.errors import GraderFault
from grader.judge.collect import HiddenTest, with_prerequisites
from grader.judge.exchange import Judge
from grader.judge.process import Overrun
from grader.metrics import metrics_of
from grader.model import Metrics, Problem, Result, Verdict
from grader.panel import panel_of
from grader.record import Record


def _blocking(first: Verdict, tests: list[str]) -> list[Verdict]:
    """Return the verdict on the first test, and blocked ones. It blocks the rest of `tests`."""
    blocked = {"blocker": first.test}
    return [first] + [
        Verdict(test, "blocked", hint="outcome/blocked", data=blocked, blocked_by=first.test) for test in tests[1:]
    ]


def _unreadable(problem: Problem, tests: list[str]) -> list[Verdict]:
    """Return the verdicts on an unreadable submission.

    Its first test fails with the reason, and that blocks the rest.
    """
    return _blocking(Verdict(tests[0], "failed", hint=problem.hint, data=problem.data), tests)


def _overrun(tests: list[str]) -> list[Verdict]:
    """Return the verdicts where judging took too long. Nothing of what was observed can be judged then."""
    note = (
        "judging the observations was stopped: it took more processor time than allowed. Where this happens to several "
        "submissions, look for a hidden test that does not end"
    )
    return _blocking(Verdict(tests[0], "crashed", hint="outcome/too-much", staff_note=note), tests)


def _ask(judge: Judge, record: Record, assignment: Assignment, tests: dict[str, HiddenTest]) -> list[Verdict]:
    """Ask the judge about the chosen tests. Those they come after are judged too and left out."""
    chosen = [test for test in record.tests if test in tests]
    if record.problem is not None:
        return _unreadable(record.problem, chosen)
    if record.facts is None or record.execution is None:
        raise GraderFault("nothing was observed of this submission")
    facts = current_facts(record.facts, assignment, record.provenance.dataset)
    ordered = with_prerequisites(chosen, tests)
    try:
        try:
            verdicts = judge.verdicts(ordered, record.execution.outcomes, facts)
        except GraderFault:  # a judge that was killed is asked once more
            verdicts = judge.verdicts(ordered, record.execution.outcomes, facts)
    except Overrun:
        return _overrun(chosen)
    return [verdict for verdict in verdicts if verdict.test in chosen]


def _metrics(record: Record, dataset: Dataset | None) -> Metrics:
    if record.execution is None or record.facts is None:
        return Metrics()
    metrics = replace(metrics_of(record.execution, record.facts), allowed=record.allowed)
    if dataset is None:
        return metrics
    return replace(metrics, panel=panel_of(record.execution, record.facts, dataset))


def judged(
    record: Record,
    assignment: Assignment,
    tests: dict[str, HiddenTest],
    judge: Judge,
    dataset: Dataset | None = None,
) -> Result:
    """Judge a record under `assignment`; return the result. A fault, earlier or of the judge, becomes `grader_error`.

    Args:
        record: what was observed.
        assignment: points, bars, limits.
        tests: all hidden tests by id.
        judge: who puts them before what was observed.
        dataset: on which it was observed, None where that is not at hand: then no images are shown.
    """
    fault, metrics = record.fault, Metrics()
    verdicts: list[Verdict] = []
    try:
        metrics = _metrics(record, dataset)
        verdicts = _ask(judge, record, assignment, tests) if fault is None else []
    except (GraderFault, ValueError, OSError) as error:
        fault = fault or f"{type(error).__name__}: {error}"
    scored = scoring.score(verdicts, assignment.points) if fault is None else ()
    earned, possible = scoring.total(scored)
    if fault is not None:
        possible = round(sum(assignment.points.get(test, 0) for test in record.tests), 2)
    return Result(
        identity=record.identity,
        status=scoring.status(scored) if fault is None else "grader_error",
        score=earned if fault is None else None,
        max_score=possible,
        tests=scored,
        metrics=metrics,
        provenance=replace(record.provenance, threshold=assignment.bars_for(record.provenance.dataset).target),
        flags=scoring.flags(scored),
        fault=fault,
        categories=tuple(name for name in CATEGORIES if any(test.startswith(f"{name}/") for test in record.tests)),
        printed=record.execution.printed if record.execution is not None else "",
        printed_probing=record.execution.printed_probing if record.execution is not None else "",
    )
