"""The corpus of submissions, in `tests/submissions`: what it holds, and each sample as a whole submission.

A sample is a folder with an `expect.toml` and those files of a submission that no other sample has; the rest is named
in `[same_as]`. `tests/submissions/README.md` lists the samples and explains the keys.

Nothing but the table `[same_as]` is left out of what is handed in: the bytes of a submission, `expect.toml` among them,
choose its random numbers, so that a sample must come out the same wherever its files lie.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.intake import discover
from grader.model import Submission

FOLDER = Path(__file__).parents[1] / "submissions"
EXPECTATION = "expect.toml"
TRAIN_SECONDS = 300.0
_SAME_AS = b"\n[same_as]\n"
"""Begins the table, which is the last in the file."""


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `expect.toml` states about a right, buggy or dishonest sample."""

    right: str = ""
    """Of a right sample: what is unusual about it."""
    result: str = "passed"
    """Of a right sample, for its reader: that it passes."""
    accuracy: str = "digits"
    """Of a right sample, for its reader: the largest data set it was seen to reach the target on, `full` is MNIST."""
    mistake: str = ""
    """Of a buggy sample: what is wrong."""
    trick: str = ""
    """Of a dishonest sample: how it gets answers without learning."""
    fails: tuple[str, ...] = ()
    """The tests that fail, none for a right sample. The first names the mistake."""
    hint: str | None = None
    """The message of the first test of `fails`; any where left out."""
    status: str = "failed"
    """How the first test of `fails` ends."""
    may_fail: tuple[str, ...] = ()
    """Patterns of tests that may fail as well."""
    flags: tuple[str, ...] = ()
    """What a person is told to look at."""
    quick: bool = True
    """False where it is trained for real; else it is judged by its probes alone."""
    time_limit: float = TRAIN_SECONDS
    """Seconds that a training may take, and a probe where these are fewer than 20."""
    sandbox: bool = False
    """Whether it takes a real sandbox: what is examined is how phases are kept apart."""
    works_without: tuple[str, ...] = ()
    """The measures without which a dishonest sample would get away with it."""
    same_as: dict[str, str] = {}
    """Files that it shares: for each the name of the sample whose folder holds the file."""


@dataclass(frozen=True)
class Sample:
    """One folder of the corpus, or a submission elsewhere that is graded like one."""

    path: Path
    expected: Expectation

    @property
    def name(self) -> str:
        """Where it lies below `tests/submissions`, such as "buggy/dropout/dropout-forgotten"."""
        if self.path.is_relative_to(FOLDER):
            return self.path.relative_to(FOLDER).as_posix()
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def description(self) -> str:
        """The sentence its `expect.toml` has about it."""
        return self.expected.right or self.expected.mistake or self.expected.trick


def samples(kind: str = "*") -> list[Sample]:
    """The samples of a kind ("right", "buggy", "dishonest"), sorted by name; hostile ones are `tests.hostile`'s."""
    return [
        Sample(path.parent, msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Expectation))
        for path in sorted(FOLDER.glob(f"{kind}/**/{EXPECTATION}"))
        if path.relative_to(FOLDER).parts[0] in ("right", "buggy", "dishonest")
    ]


def sample_named(name: str) -> Sample:
    """The sample with this whole name.

    Raises:
        KeyError: there is none.
    """
    return {sample.name: sample for sample in samples()}[name]


def write(sample: Sample, folder: Path) -> Path:
    """Write the whole submission to a new folder below `folder`, called like the sample's; return that."""
    where = folder / sample.path.name
    shutil.copytree(sample.path, where, ignore=shutil.ignore_patterns("__pycache__"))
    if sample.expected.same_as:
        for name, other in sample.expected.same_as.items():
            shutil.copy(FOLDER / other / name, where / name)
        said, _, _ = (where / EXPECTATION).read_bytes().partition(_SAME_AS)
        (where / EXPECTATION).write_bytes(said)
    return where


def submission_of(sample: Sample) -> Submission:
    """The whole submission, as the grader reads it."""
    if not sample.expected.same_as:
        (found,) = discover([sample.path])
        return found
    with tempfile.TemporaryDirectory(prefix="grader-corpus-") as folder:
        (found,) = discover([write(sample, Path(folder))])
    return found
