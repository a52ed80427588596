"""What is kept of a submission that was graded, enough to judge it again, and how the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.errors import GraderError
from grader.judge.facts import Facts
from grader.model import Execution, Identity, Problem, Provenance, Result
from grader.protocol.codec import BrokenMessage, decode, encode
from grader.protocol.opening import open_observation
from grader.protocol.probes import PROBES
from grader.store import Store, Stored


@dataclass(frozen=True)
class Record:
    """All that a result is made from; nothing in it is executable.

    `execution` and `facts` are None where nothing was executed. `fault` says what of the grader or its machine failed.
    """

    identity: Identity
    problem: Problem | None
    tests: list[str]
    execution: Execution | None
    facts: Facts | None
    provenance: Provenance
    fault: str | None = None


def check_observations(execution: Execution) -> None:
    """Find out whether all that was observed is of the shape that the hidden tests look at now.

    Raises:
        BrokenMessage: it is not.
    """
    for probe, outcome in execution.outcomes.items():
        if outcome.kind == "ok" and probe in PROBES:
            open_observation(outcome.payload, PROBES[probe].observation)


def recall(store: Store, key: str, *, time_factor: float) -> Execution | None:
    """The execution that an earlier run has kept under `key`, None where there is none that still counts.

    Args:
        store: the store of the output folder.
        key: what the execution would be called.
        time_factor: by what its limits would be multiplied now. What ended at a shorter limit then is executed again.
    """
    try:
        payload = store.get_execution(key)
        known = None if payload is None else decode(payload, Execution)
    except (GraderError, BrokenMessage):  # damaged, or of a version that kept other things
        return None
    if known is None or known.time_factor >= time_factor:
        return known
    late = any(outcome.kind == "timeout" for outcome in known.outcomes.values())
    return None if late else known


def remember(
    store: Store, record: Record, result: Result, *, key: str | None, executions: Mapping[str, Execution]
) -> None:
    """Keep what stands of a submission from now on: its record, its result, and what was observed.

    Args:
        store: the store of the output folder.
        record: what there is to judge.
        result: what came of it.
        key: what its execution is called in the store; None where there is none, or none that may be used again.
        executions: by their keys, those that the store lacks and a later run may use, also such as did not count.
    """
    for name, execution in executions.items():
        store.put_execution(name, encode(execution))
    if key is not None:
        record = replace(record, execution=None)
    store.put_record(record.identity.name, key, encode(record), encode(result))


def read_record(stored: Stored) -> Record:
    """The record that `remember` has kept.

    Raises:
        BrokenMessage: another version of the grader has written it.
    """
    record = decode(stored.record, Record)
    return record if stored.execution is None else replace(record, execution=decode(stored.execution, Execution))


def stored_result(store: Store, submission: str) -> Result | None:
    """The result that stands of a submission, None where there is none that can be read."""
    payload = store.get_result(submission)
    try:
        return None if payload is None else decode(payload, Result)
    except BrokenMessage:
        return None
