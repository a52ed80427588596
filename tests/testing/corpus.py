"""The corpus of submissions, in `tests/submissions`.

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
"""The beginning of the last table of an `expect.toml`."""


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of an `expect.toml`. Right, buggy and dishonest samples have one."""

    right: str = ""
    """A sentence on the unusual in a right sample."""
    result: str = "passed"
    """The result of a right sample, for its reader."""
    accuracy: str = "digits"
    """The largest data set on which a right sample reached the target. It is for a reader; `full` is MNIST."""
    mistake: str = ""
    """A sentence on the mistake in a buggy sample."""
    trick: str = ""
    """A sentence on how a dishonest sample avoids learning."""
    fails: tuple[str, ...] = ()
    """The tests that fail. There are none for a right sample; the first names the mistake."""
    hint: str | None = None
    """The message of the first test of `fails`. Without it any is right."""
    status: str = "failed"
    """The status of the first test of `fails`."""
    may_fail: tuple[str, ...] = ()
    """Patterns of tests that may fail as well."""
    flags: tuple[str, ...] = ()
    """The flags for a person to look at."""
    quick: bool = True
    """Whether the sample is judged without a real training. Then only probes run."""
    time_limit: float = TRAIN_SECONDS
    """Seconds that a training may take. A probe may take as long, but at most 20."""
    sandbox: bool = False
    """Whether the sample needs a real sandbox. It tests how phases are kept apart."""
    works_without: tuple[str, ...] = ()
    """The measures without which a dishonest sample would pass."""
    same_as: dict[str, str] = {}
    """Files shared with other samples. For each the sample is named whose folder holds it."""


@dataclass(frozen=True)
class Sample:
    """A folder of the corpus, or a submission graded like one."""

    path: Path
    expected: Expectation

    @property
    def name(self) -> str:
        """The path below `tests/submissions`. An example is "buggy/dropout/dropout-forgotten"."""
        if self.path.is_relative_to(FOLDER):
            return self.path.relative_to(FOLDER).as_posix()
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def description(self) -> str:
        """The sentence that `expect.toml` has about the sample."""
        return self.expected.right or self.expected.mistake or self.expected.trick


def samples(kind: str = "*") -> list[Sample]:
    """Return the samples of a kind, sorted by name.

    Kinds are "right", "buggy" and "dishonest"; hostile samples are in `tests.hostile`.
    """
    return [
        Sample(path.parent, msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Expectation))
        for path in sorted(FOLDER.glob(f"{kind}/**/{EXPECTATION}"))
        if path.relative_to(FOLDER).parts[0] in ("right", "buggy", "dishonest")
    ]


def sample_named(name: str) -> Sample:
    """Return the sample with this whole name.

    Raises:
        KeyError: there is none.
    """
    return {sample.name: sample for sample in samples()}[name]


def write(sample: Sample, folder: Path) -> Path:
    """Write a whole submission below `folder`, and return its folder. That is new, and named like the sample's."""
    where = folder / sample.path.name
    shutil.copytree(sample.path, where, ignore=shutil.ignore_patterns("__pycache__"))
    if sample.expected.same_as:
        for name, other in sample.expected.same_as.items():
            shutil.copy(FOLDER / other / name, where / name)
        said, _, _ = (where / EXPECTATION).read_bytes().partition(_SAME_AS)
        (where / EXPECTATION).write_bytes(said)
    return where


def submission_of(sample: Sample) -> Submission:
    """Return the whole submission as the grader reads it."""
    if not sample.expected.same_as:
        (found,) = discover([sample.path])
        return found
    with tempfile.TemporaryDirectory(prefix="grader-corpus-") as folder:
        (found,) = discover([write(sample, Path(folder))])
    return found
