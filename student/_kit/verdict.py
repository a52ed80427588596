"""Outcomes of probes, and verdicts of tests. Judging uses these words here and in a student's own run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .protocol.raised import Frame, Raised

Detail = str | int | float | None
"""A value for a message's placeholder. Text is made from ids and data at the very end, in `report`."""


@dataclass(frozen=True)
class Said:
    """A message within a message: its id and data."""

    hint: str
    data: Mapping[str, Filling] = field(default_factory=dict)


Filling = Detail | Said | tuple[Said, ...]
"""A value for a placeholder, messages included. They may be parts of others."""

TestStatus = Literal["passed", "failed", "timeout", "crashed", "blocked", "error"]
"""How a test ended.

`failed`: judged and wrong. `timeout`, `crashed`, `error`: the submission's code did not finish, its process died or
broke the protocol, it raised. `blocked`: could not be judged because an earlier test failed.
"""

OutcomeKind = Literal["ok", "error", "blocked", "timeout", "memory", "scratch", "processes", "network-size", "crashed"]
"""How a probe ended. `ok`: with an observation. `error`: the submission raised. `blocked`: an earlier probe has to
work first. `timeout`, `memory`, `scratch`, `processes`: a limit was reached. `network-size`: the network is too large
to be handed from phase to phase. `crashed`: the process died, or what it sent was no observation."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one probe. `payload` is its observation, encoded, exactly when `kind` is "ok"."""

    kind: OutcomeKind
    payload: bytes = b""
    error: Raised | None = None
    blocked_by: str | None = None
    data: Mapping[str, Detail] = field(default_factory=dict)
    """Details: limit, signal, epoch.

    Examples are the limit that was reached, or the epoch the training had come to.
    """
    line: Frame | None = None
    """The submission's line that ran when the time was up. None where it is not known."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """One hidden test's finding, without any prose.

    `hint` names the message of the catalogue that a student reads, `data` fills its placeholders. `blocked_by` is the
    id of the test that has to pass first, exactly when `status` is "blocked". `fraction` in [0, 1] is the share of the
    test's points earned.
    """

    test: str
    status: TestStatus
    fraction: float = 0.0
    hint: str | None = None
    data: Mapping[str, Filling] = field(default_factory=dict)
    staff_note: str | None = None
    blocked_by: str | None = None
    seconds: float = 0.0

    @property
    def category(self) -> str:
        """The part of the id before the slash."""
        return self.test.partition("/")[0]
