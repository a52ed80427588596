"""Decides which results of earlier runs still stand. Nothing of them is executed or judged again.

A result stands as long as all that decides it is what it was: the files, the job that is planned for them and how it is
called in the store, the assignment, the hidden tests, and every line of the grader itself. A digest of all that lies
beside the result. How long a run may take is the one thing that is compared: who was stopped at a limit is tried again
where there is more time now.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

import grader
from grader.carried import given
from grader.errors import GraderError
from grader.model import Job, content_digest
from grader.plan import plan
from grader.protocol.codec import BrokenMessage, decode, encode
from grader.record import Patience, patience_that_ended, recall, stored_result
from grader.setup import Setup
from grader.store import Store
from grader.work import Work, key_for

_SOURCES = (".py", ".po", ".j2", ".css", ".js")
"""Types of files that decide a result. They decide the files that it is written to, too."""


@dataclass(frozen=True)
class Basis:
    """All that a result depends on.

    Args:
        digest: of all that decides it.
        ended: the patience at whose end an execution of it was stopped, the least of several; None where none was.
    """

    digest: str
    ended: Patience | None = None


@functools.cache
def _code() -> str:
    """Return a digest of the whole grader.

    Its texts are included, and what students were given, who hand in some of it.
    """
    package = Path(grader.__file__).parent
    paths = [path for path in package.rglob("*") if path.suffix in _SOURCES]
    sources = {path.relative_to(package).as_posix(): path.read_bytes() for path in paths}
    return content_digest(sources | {"given": given()})


def _digest(work: Work, job: Job | None, setup: Setup) -> str:
    submission = work.submission
    decides = (
        _code(),
        submission.identity,
        submission.problem,
        submission.reading,
        None if job is None else key_for(job, setup),
        (setup.dataset.name, setup.settings.device, setup.settings.seed, setup.backend.name),
        setup.bars.retrain_seeds,
        [setup.tests[test] for test in setup.chosen],
        msgspec.json.encode(setup.assignment),
    )
    return hashlib.sha256(encode(decides)).hexdigest()


def basis_of(work: Work, setup: Setup) -> Basis | None:
    """Return the basis of finished work. None after a fault: then its result does not stand."""
    if work.the_result.fault is not None:
        return None
    ended = [patience for attempt in work.attempts if (patience := patience_that_ended(attempt.execution)) is not None]
    least = min(ended, key=lambda one: (one.time_factor, one.threads)) if ended else None
    return Basis(_digest(work, work.attempts[0].job if work.attempts else None, setup), least)


def _first_job(work: Work, setup: Setup) -> Job | None:
    return None if work.submission.problem is not None else plan(setup, work.submission, setup.settings.seed)


def _stands(work: Work, job: Job | None, setup: Setup, payload: bytes) -> bool:
    """Whether a stored result would be the same now. `payload` holds what it rests on."""
    try:
        basis = decode(payload, Basis)
    except BrokenMessage:
        return False
    if basis.digest != _digest(work, job, setup):
        return False
    return basis.ended is None or job is None or basis.ended.covers(Patience(job.time_factor, job.threads))


def _looked_up(work: Work, setup: Setup, store: Store, bases: Mapping[str, bytes]) -> tuple[Work, bool]:
    """Look up the result of `work`, if it stands. Return also whether what it needs first has been executed before."""
    try:
        job = _first_job(work, setup)
        basis = bases.get(work.name)
        if basis is not None and _stands(work, job, setup, basis):
            result = stored_result(store, work.name)
            if result is not None:
                return replace(work, result=result, stands=True), True
        if job is None:
            return work, False
        return work, recall(store, key_for(job, setup), Patience(job.time_factor, job.threads)) is not None
    except (GraderError, ValueError, TypeError, OSError):  # told where it is graded
        return work, False


def look_up(works: Sequence[Work], setup: Setup, store: Store) -> tuple[list[Work], int]:
    """Look up stored results; return `works` and a count.

    Those come first whose result stands; counted are those that need no execution but a near miss's further ones.

    Args:
        works: none of them begun.
        setup: what decides beside them.
        store: what earlier runs have left.
    """
    if setup.settings.fresh:
        return list(works), 0
    bases = store.bases()
    found = [_looked_up(work, setup, store, bases) for work in works]
    known = sum(is_known for _, is_known in found)
    return sorted((work for work, _ in found), key=lambda work: not work.stands), known
