"""Records of graded submissions, and their storage. A record is enough to judge a submission again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from grader.errors import GraderError, UsageError
from grader.judge.facts import Facts
from grader.model import Allowed, Execution, Identity, Problem, Provenance, Result
from grader.protocol.codec import BrokenMessage, decode, encode
from grader.protocol.opening import open_observation
from grader.protocol.probes import PROBES
from grader.store import Store, Stored


@dataclass(frozen=True)
class Record:
    """All that a result is made from. Nothing in it is executable.

    `execution` and `facts` are None where nothing was executed. `fault` says what of the grader or its machine failed.
    """

    identity: Identity
    problem: Problem | None
    tests: list[str]
    execution: Execution | None
    facts: Facts | None
    provenance: Provenance
    fault: str | None = None
    allowed: Allowed = field(default_factory=Allowed)


def check_observations(execution: Execution) -> None:
    """Check that the observations have the current shape. It is the one that the hidden tests look at now.

    Raises:
        BrokenMessage: it is not.
    """
    for probe, outcome in execution.outcomes.items():
        if outcome.kind == "ok" and probe in PROBES:
            open_observation(outcome.payload, PROBES[probe].observation)


@dataclass(frozen=True)
class Patience:
    """The limits within which an execution had to end.

    Args:
        time_factor: by what limits are multiplied.
        threads: that it computes with.
    """

    time_factor: float
    threads: int

    def covers(self, other: Patience) -> bool:
        """Whether `other` would reach no further. What did not end within this would not end within `other` either."""
        return self.time_factor >= other.time_factor and self.threads >= other.threads


def patience_that_ended(execution: Execution) -> Patience | None:
    """Return the patience that ended an execution. None where it came to an end of its own."""
    late = any(outcome.kind == "timeout" for outcome in execution.outcomes.values())
    return Patience(execution.time_factor, execution.threads) if late else None


def recall(store: Store, key: str, patience: Patience) -> Execution | None:
    """Return an earlier run's execution under `key`. None where there is none that still counts.

    Args:
        store: the store of the output folder.
        key: what the execution would be called.
        patience: what it would be executed with now. What was ended with less is executed again.
    """
    try:
        payload = store.get_execution(key)
        known = None if payload is None else decode(payload, Execution)
    except (GraderError, BrokenMessage):  # damaged, or of a version that kept other things
        return None
    if known is None:
        return None
    ended = patience_that_ended(known)
    return known if ended is None or ended.covers(patience) else None


def remember(store: Store, record: Record, result: Result, *, key: str | None, basis: bytes | None = None) -> None:
    """Store a submission's record and result. They stand from now on.

    Args:
        store: the store of the output folder.
        record: what there is to judge.
        result: what came of it.
        key: what its execution was kept under; None where there is none, or none that may be used again.
        basis: on what the result rests, encoded; None where it has to be made again to be believed.
    """
    if key is not None:
        record = replace(record, execution=None)
    store.put_record(record.identity.name, key, encode(record), encode(result), basis=basis)


def read_record(stored: Stored) -> Record:
    """Decode the record that `remember` has kept.

    Raises:
        BrokenMessage: another version of the grader has written it.
    """
    record = decode(stored.record, Record)
    return record if stored.execution is None else replace(record, execution=decode(stored.execution, Execution))


def stored_result(store: Store, submission: str) -> Result | None:
    """Return a submission's stored result. None where there is none that can be read."""
    try:
        payload = store.get_result(submission)
        return None if payload is None else decode(payload, Result)
    except (UsageError, BrokenMessage):  # damaged, or of a version that kept other things
        return None
