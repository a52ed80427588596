"""The nouns of the program, all frozen values; see the way they travel in `pipeline`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from student._kit.protocol.limits import Limits
from student._kit.protocol.observations import Raised

Detail = str | int | float | None
"""What may fill a placeholder of a message: text is made from ids and data at the very end, in `report`."""

TestStatus = Literal["passed", "failed", "timeout", "crashed", "blocked", "error"]
"""`failed`: judged and wrong. `timeout`, `crashed`, `error`: the submission's code did not finish, its process
died or broke the protocol, it raised. `blocked`: could not be judged because an earlier test failed."""

ResultStatus = Literal["passed", "failed", "grader_error"]
CATEGORIES = ("structure", "dropout", "objective", "training", "accuracy", "integrity")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a submission before any of it runs, as a message id and its data."""

    hint: str
    data: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """One student's work, read into memory; nothing of it was imported or executed.

    `files` maps a path inside the package `student` ("net.py", "blocks/residual.py"; always "/", never
    absolute, never "..") to its bytes. It is empty exactly when `problem` says why there is nothing to run.
    """

    name: str
    files: Mapping[str, bytes]
    origin: Path
    problem: Problem | None = None
    student: Mapping[str, str] = field(default_factory=dict)
    earlier_attempts: tuple[str, ...] = ()
    """Entries by the same person that do not count."""
    entry: str = ""
    """What was handed in, as its file or folder is called; fit to be shown."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the names and contents of the files, independent of where they came from."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            content = self.files[path]
            total.update(f"{len(path.encode())}:{path}:{len(content)}:".encode())
            total.update(content)
        return total.hexdigest()


OutcomeKind = Literal["ok", "error", "blocked", "timeout", "memory", "scratch", "processes", "crashed"]
"""How a probe ended. `ok`: with an observation. `error`: the submission raised. `blocked`: an earlier probe has to
work first. `timeout`, `memory`, `scratch`, `processes`: a limit was reached. `crashed`: the process died,
or what it sent was no observation."""


@dataclass(frozen=True)
class Outcome:
    """What one probe came to. `payload` is its observation, encoded, exactly when `kind` is "ok"."""

    kind: OutcomeKind
    payload: bytes = b""
    error: Raised | None = None
    blocked_by: str | None = None
    data: Mapping[str, Detail] = field(default_factory=dict)
    """The limit that was reached, the signal, the epoch the training had come to."""
    seconds: float = 0.0


@dataclass(frozen=True)
class PhasePlan:
    """Probes that share one forked process, and the wall-clock seconds they have together."""

    name: str
    probes: tuple[str, ...]
    wall_seconds: float


@dataclass(frozen=True)
class Job:
    """One submission, and everything that decides what is observed of it."""

    submission: Submission
    phases: tuple[PhasePlan, ...]
    limits: Limits
    dataset: str
    seed: int
    device: str
    threads: int
    relabelling: tuple[int, ...]
    """The label that each of the ten digits is called by in this job."""
    noise: int
    """Grey levels of noise on the query images, either way."""
    epochs_factor: int = 1
    redraw_weights: bool = True


@dataclass(frozen=True)
class Execution:
    """What came back from one job. `fault` is set when the grader or its machine failed: nothing is judged then."""

    outcomes: Mapping[str, Outcome]
    printed: str = ""
    printed_bytes: int = 0
    torch: str = ""
    sandbox: str = ""
    seconds: float = 0.0
    train_seconds: float | None = None
    peak_memory_bytes: int = 0
    fault: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What one hidden test found, without a word of prose.

    `hint` names the message of the catalogue that a student reads, `data` fills its placeholders. `blocked_by` is the
    id of the test that has to pass first, exactly when `status` is "blocked". `fraction` in [0, 1] is the share of the
    test's points earned.
    """

    test: str
    status: TestStatus
    fraction: float = 0.0
    hint: str | None = None
    data: Mapping[str, Detail] = field(default_factory=dict)
    staff_note: str | None = None
    blocked_by: str | None = None
    seconds: float = 0.0

    @property
    def category(self) -> str:
        """The part of the id before the slash."""
        return self.test.partition("/")[0]


@dataclass(frozen=True)
class ScoredTest:
    """A verdict with the points it earned, out of those it could."""

    verdict: Verdict
    score: float
    max_score: float


@dataclass(frozen=True)
class Metrics:
    """What was measured, None where it was not reached."""

    accuracy: float | None = None
    correct: int | None = None
    test_size: int | None = None
    train_seconds: float | None = None
    epochs: int | None = None
    train_loss: tuple[float, ...] = ()
    n_parameters: int | None = None
    peak_memory_mb: float | None = None
    confusion: tuple[tuple[int, ...], ...] = ()
    """10 rows (true digit) of 10 counts (predicted digit), empty where nothing was predicted."""


@dataclass(frozen=True)
class Provenance:
    """How a result came about, enough to do it again."""

    grader: str
    torch: str
    dataset: str
    threshold: float
    seed: int
    device: str
    sandbox: str
    started: str
    """ISO 8601 in UTC, ending in Z."""
    seconds: float
    submission_sha256: str


@dataclass(frozen=True)
class Result:
    """One submission's grade. `score` is None exactly when `status` is "grader_error".

    `fault` then holds one line for the instructor. `printed` is the end of what the submission wrote to
    stdout and stderr: a stranger's text, to be escaped wherever it is shown.
    """

    submission: str
    status: ResultStatus
    score: float | None
    max_score: float
    tests: tuple[ScoredTest, ...]
    metrics: Metrics
    provenance: Provenance
    flags: tuple[str, ...] = ()
    fault: str | None = None
    printed: str = ""
    student: Mapping[str, str] = field(default_factory=dict)
    entry: str = ""
    earlier_attempts: tuple[str, ...] = ()
