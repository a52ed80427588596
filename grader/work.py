"""One submission on its way through the pipeline. What is known of it so far is a value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from grader import __version__
from grader.answers import facts_for
from grader.inputs import JobInputs
from grader.keys import job_key
from grader.metrics import metrics_of
from grader.model import Allowed, Execution, Job, Provenance, Result, Submission
from grader.plan import allowed_by, plan
from grader.policy import Attempt, best, next_job
from grader.record import Record
from grader.schedule.base import Task
from grader.setup import Setup


@dataclass(frozen=True)
class Work:
    """The state of one submission so far. Each step of the pipeline adds to it.

    Args:
        submission: as it was found.
        attempts: the jobs that were executed for it, now or in an earlier run.
        job: the one to execute next; None before the first is planned, and when enough has been seen.
        fault: what went wrong with it outside of an execution, and is not the submission's doing.
        record: what there is to judge, once all is executed.
        result: what came of it, once it is judged.
        stands: whether that is the result of an earlier run, and nothing of it is executed or judged again.
        aside: whether it is a trial that does not replace the grade which there is.
    """

    submission: Submission
    attempts: tuple[Attempt, ...] = ()
    job: Job | None = None
    fault: str | None = None
    record: Record | None = None
    result: Result | None = None
    stands: bool = False
    aside: bool = False

    @property
    def name(self) -> str:
        """The name of the submission."""
        return self.submission.name

    @property
    def standing(self) -> Attempt | None:
        """The attempt that counts, None where nothing was executed."""
        return best(self.attempts) if self.attempts else None

    @property
    def the_record(self) -> Record:
        """The record, after the step that makes it."""
        assert self.record is not None
        return self.record

    @property
    def the_result(self) -> Result:
        """The result, after the step that makes it."""
        assert self.result is not None
        return self.result


def planned(work: Work, setup: Setup) -> Work:
    """Add the next job to `work`. It is None where enough has been seen or nothing can be executed."""
    job, fault = None, work.fault
    if work.submission.problem is None and fault is None:
        try:
            job = next_job(
                work.attempts,
                setup.bars,
                lambda further: plan(setup, work.submission, setup.settings.seed + further),
            )
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with one submission, the others are graded
            fault = f"{type(error).__name__}: {error}"
    return replace(work, job=job, fault=fault)


def key_for(job: Job, setup: Setup) -> str:
    """Return the store's key for an execution of `job`."""
    return job_key(job, dataset=setup.dataset.digest, sandbox=setup.backend.name)


def task_for(work: Work, setup: Setup) -> Task:
    """Return the planned job with its data, for an engine."""
    assert work.job is not None
    return Task(work.name, work.job, JobInputs(setup.dataset.unanswered, work.job))


def observed(work: Work, execution: Execution, setup: Setup) -> Work:
    """Add the execution of its planned job to `work`."""
    job, accuracy, facts = work.job, None, None
    assert job is not None
    if execution.fault is None:
        try:
            facts = replace(facts_for(setup.assignment, setup.dataset, job), reading=work.submission.reading)
            accuracy = metrics_of(execution, facts).accuracy
        except Exception as error:  # noqa: BLE001 - as above
            execution = replace(execution, fault=f"{type(error).__name__}: {error}")
    attempt = Attempt(job, execution, facts, accuracy)
    return replace(work, job=None, attempts=(*work.attempts, attempt))


def _provenance(work: Work, setup: Setup) -> Provenance:
    first, standing = (work.attempts[0], work.standing) if work.attempts else (None, None)
    return Provenance(
        grader=__version__,
        torch=standing.execution.torch if standing else "",
        dataset=setup.dataset.name,
        threshold=setup.bars.target,
        seed=standing.job.seed if standing else setup.settings.seed,
        device=setup.settings.device,
        sandbox=setup.backend.name,
        started=first.execution.started if first else datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round(sum((attempt.execution.seconds for attempt in work.attempts), 0.0), 3),
        submission_sha256=work.submission.digest,
    )


def recorded(work: Work, setup: Setup) -> Work:
    """Add the record to `work`.

    The record is what there is to judge, with the fault where the grader or its machine failed.
    """
    standing = work.standing
    record = Record(
        identity=work.submission.identity,
        problem=work.submission.problem,
        tests=list(setup.chosen),
        execution=standing.execution if standing else None,
        facts=standing.facts if standing else None,
        provenance=_provenance(work, setup),
        fault=work.fault or (standing.execution.fault if standing else None),
        allowed=allowed_by(standing.job, setup.assignment) if standing else Allowed(),
    )
    return replace(work, record=record)


def key_to_keep(work: Work, setup: Setup) -> str | None:
    """Return the key of the execution that counts. None where there is none, or none to be used again."""
    standing = work.standing
    return key_for(standing.job, setup) if standing is not None and work.the_record.fault is None else None
