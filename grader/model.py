"""The program's main data types, all frozen. See the way they travel in `pipeline`.

Those that a student's own run needs too stand in `verdict`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from grader.categories import CATEGORIES, GRADED_DATASET
from grader.protocol.limits import Limits
from grader.reading import Reading
from grader.verdict import Detail, Filling, Outcome, OutcomeKind, Said, TestStatus, Verdict

__all__ = [
    "Adjustment",
    "Allowed",
    "Detail",
    "Execution",
    "Filling",
    "Identity",
    "Job",
    "JobPhase",
    "Lateness",
    "Metrics",
    "Outcome",
    "OutcomeKind",
    "PanelImage",
    "Problem",
    "Provenance",
    "Result",
    "ResultStatus",
    "Said",
    "ScoredTest",
    "Submission",
    "TestStatus",
    "Verdict",
    "content_digest",
    "of_one_person",
]

ResultStatus = Literal["passed", "failed", "grader_error"]


@dataclass(frozen=True)
class Problem:
    """A submission's problem, found before any of it runs. It has a message id and its data."""

    hint: str
    data: Mapping[str, Filling] = field(default_factory=dict)


def content_digest(files: Mapping[str, bytes]) -> str:
    """Hash the names and contents of files. It is SHA-256 (hex), whatever order they come in."""
    total = hashlib.sha256()
    for path in sorted(files):
        content = files[path]
        total.update(f"{len(path.encode())}:{path}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()


def of_one_person(text: str) -> str:
    """Return a person's field without what divides a group's.

    On many platforms people choose their own names. One who is called "Ann; Bob" hands in for neither.

    Args:
        text: legible; before that it may hold signs that become semicolons.
    """
    return text.replace(";", ",")


@dataclass(frozen=True)
class Identity:
    """The name and the owner of a submission. Every text is fit to be shown.

    Args:
        name: of the submission, unique in a run; its folder of results is called so.
        student: "id", "name" and "email", as far as the platform's file names or a roster tell. Where a group handed it
            in, the fields of its people are divided by "; "; see `of_one_person`.
        entry: what was handed in, as its file or folder is called.
        earlier_attempts: entries by the same person that do not count.
        submitted: when it was handed in, as far as the platform tells: ISO 8601 in UTC, ending in Z; else "".
        late: whether the platform has marked it as late.
        attempt_of: what all attempts of one person share, of which the best counts; "" where this one counts.
    """

    name: str
    student: Mapping[str, str] = field(default_factory=dict)
    entry: str = ""
    earlier_attempts: tuple[str, ...] = ()
    submitted: str = ""
    late: bool = False
    attempt_of: str = ""


@dataclass(frozen=True)
class Submission:
    """One student's work, read into memory. Nothing of it was imported or executed.

    `files` maps a path inside the package `student` ("net.py", "blocks/residual.py"; always "/", never
    absolute, never "..") to its bytes. It is empty exactly when `problem` says why there is nothing to run.
    """

    identity: Identity
    files: Mapping[str, bytes]
    origin: Path
    problem: Problem | None = None
    reading: Reading = field(default_factory=Reading)

    @property
    def name(self) -> str:
        """Its name, unique in a run."""
        return self.identity.name

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the files' names and contents. It is independent of where they came from."""
        return content_digest(self.files)


@dataclass(frozen=True)
class JobPhase:
    """Probes that share one forked process. They share the wall-clock seconds, too."""

    name: str
    probes: tuple[str, ...]
    wall_seconds: float
    """Time limit on the reference machine; see `Job.time_factor`."""
    part: int | None = None
    """Part of the queries, if they are asked in several.

    Each part has a phase of this name, and what comes of them is put together.
    """


@dataclass(frozen=True)
class Job:
    """One submission's files, and the settings of its execution. They are everything that decides what is observed.

    A job is a plain value: built again from the same setup, submission and seed, on any machine, it is the same, and so
    is what the submission gets to see.
    """

    files: Mapping[str, bytes]
    phases: tuple[JobPhase, ...]
    limits: Limits
    dataset: str
    seed: int
    """Seed of initial weights, batches and the probes' sample. The submission may know it."""
    data_seed: int
    """Seed of all that a submission must not foresee. That is names of the digits, order of the queries, noise."""
    device: str
    threads: int
    relabel: bool
    """Whether the digits have other names in this job."""
    noise: int
    """Grey levels of noise on the query images, either way."""
    turn_degrees: float = 0.0
    """Maximum turn of images that are asked about twice.

    Turned, stretched and shifted they are asked about once more; each may go either way.
    """
    stretch: float = 0.0
    shift_pixels: float = 0.0
    queries_at_once: int = 2500
    """About how many queries one process gets to see."""
    epochs_factor: int = 1
    redraw_weights: bool = True
    time_factor: float = 1.0
    """Factor by which the executing machine is slower. It is relative to the reference machine, at least 1."""


@dataclass(frozen=True)
class Execution:
    """All outcomes of one job. `fault` is set when the grader or its machine failed: nothing is judged then."""

    outcomes: Mapping[str, Outcome]
    printed: str = ""
    """Output of the training: its beginning and its end.

    It is what the submission wrote to stdout and stderr while it was trained.
    """
    printed_probing: str = ""
    """Output of all other phases, shortened likewise. The submission's parts are tried in them."""
    torch: str = ""
    started: str = ""
    """Time in ISO 8601, in UTC, ending in Z."""
    seconds: float = 0.0
    train_seconds: float | None = None
    peak_memory_bytes: int = 0
    time_factor: float = 1.0
    """Factor by which the job's limits were multiplied."""
    threads: int = 1
    """Number of threads that it computed with."""
    fault: str | None = None


@dataclass(frozen=True)
class ScoredTest:
    """A verdict with its points, earned and possible."""

    verdict: Verdict
    score: float
    max_score: float


@dataclass(frozen=True)
class PanelImage:
    """A test image, and a trained network's reading of it.

    Args:
        index: its number in the test part of the data set, from 0.
        pixels: uint8, 28 rows of 28; 0 the background, 255 the ink.
        predicted: the digit that is read.
        true: the digit that it is.
        confidence: the probability that the network gives to `predicted`.
    """

    index: int
    pixels: bytes
    predicted: int
    true: int
    confidence: float


@dataclass(frozen=True)
class Allowed:
    """The limits of a graded training. They are as on the machine that it ran on; None where there is none."""

    train_seconds: float | None = None
    memory_mb: float | None = None
    parameters: int | None = None


@dataclass(frozen=True)
class Metrics:
    """Measured numbers of a run. None where it did not come so far."""

    accuracy: float | None = None
    correct: int | None = None
    test_size: int | None = None
    train_seconds: float | None = None
    epochs: int | None = None
    train_loss: tuple[float, ...] = ()
    n_parameters: int | None = None
    peak_memory_mb: float | None = None
    confusion: tuple[tuple[int, ...], ...] = ()
    """10 rows (true digit) of 10 counts (predicted digit). It is empty where nothing was predicted."""
    panel: tuple[PanelImage, ...] = ()
    """Test images to look at. There are none where nothing was predicted, and in results of before they were kept."""
    allowed: Allowed = field(default_factory=Allowed)


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
    """Time in ISO 8601, in UTC, ending in Z."""
    seconds: float
    submission_sha256: str


@dataclass(frozen=True)
class Adjustment:
    """A person's change to one submission's grade. It is a line of `adjustments.csv`.

    Args:
        test: the id of a hidden test; "" for the total.
        points: instead of those earned, or to be added to them; None where only a comment is given.
        relative: whether `points` are added, as in "+5".
        excused: the total: there is no grade; a test: it earns all its points.
        comment: for the student, strangers' text; "" for none.
        by: who says so.
    """

    test: str = ""
    points: float | None = None
    relative: bool = False
    excused: bool = False
    comment: str = ""
    by: str = ""


@dataclass(frozen=True)
class Lateness:
    """How late a submission came, and what that takes off.

    Args:
        days: begun after the deadline and its grace; 0 where it came in time.
        percent: of the points, taken off the total.
    """

    days: int
    percent: float


@dataclass(frozen=True)
class Result:
    """One submission's grade. `score` is None exactly when `status` is "grader_error".

    `fault` then holds one line for the instructor. `printed` is what the submission wrote to stdout and stderr while it
    was trained, `printed_probing` the same of all other phases: strangers' text, to be escaped wherever it is shown.
    """

    identity: Identity
    status: ResultStatus
    score: float | None
    max_score: float
    tests: tuple[ScoredTest, ...]
    metrics: Metrics
    provenance: Provenance
    flags: tuple[str, ...] = ()
    fault: str | None = None
    printed: str = ""
    printed_probing: str = ""
    categories: tuple[str, ...] = CATEGORIES
    """Categories that were judged."""
    in_last_run: bool = True
    """Whether the last run graded or confirmed it. The run went into its folder; set where a folder is read."""
    adjustments: tuple[Adjustment, ...] = ()
    """Adjustments by people; set where a folder is read. See `final` for what they come to."""
    lateness: Lateness | None = None
    """Lateness; set where a folder is read. None where no deadline is set or nobody knows when it came."""

    @property
    def submission(self) -> str:
        """The name of the submission."""
        return self.identity.name

    @property
    def is_whole(self) -> bool:
        """Whether every category was judged."""
        return set(CATEGORIES) <= set(self.categories)

    @property
    def is_grade(self) -> bool:
        """Whether it decides a grade; else it is a trial.

        For a grade everything was judged, on the data set that counts.
        """
        return self.provenance.dataset == GRADED_DATASET and self.is_whole
