"""The corpus of submissions, graded: `python -m tests.corpus` prints how well the hidden tests tell right from wrong.

A submission is judged by its probes alone (0.4 s), or trained for real on the embedded digits where its `expect.toml`
says `quick = false`. Workers are forked from a warm process and confine nothing: the corpus is our own code.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import statistics
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

import msgspec

from grader.assignment import Assignment, load_assignment
from grader.datasets import load
from grader.datasets.base import Dataset
from grader.intake import discover
from grader.judge.collect import collect
from grader.model import CATEGORIES, Verdict
from grader.pipeline import Course, Settings, record_of
from grader.plan import tests_for
from grader.record import judged
from grader.sandbox import choose
from tests.testing.warm import WarmBackend

FOLDER = Path(__file__).with_name("submissions")
PROBED = ("structure", "dropout", "objective", "training")
UNTRAINED_HONESTY = ("integrity/carries-no-data", "integrity/untrained", "integrity/few-shot")
"""The tests of integrity that need no real training."""
QUICK_LEARNERS = {"right/batch-norm-perceptron", "right/gradients-by-hand"}
"""Right submissions that learn most from a few images: in every run these have to be taken for honest."""
TRAIN_SECONDS = 300.0


@dataclass(frozen=True)
class Expectation:
    """What `expect.toml` states. `fails` is empty for a right submission; its first entry names the mistake."""

    fails: tuple[str, ...] = ()
    hint: str | None = None
    may_fail: tuple[str, ...] = ()
    status: str = "failed"
    time_limit: float = TRAIN_SECONDS
    quick: bool = True
    flags: tuple[str, ...] = ()
    sandbox: bool = False
    """Whether it takes a real sandbox: what is examined is how phases are kept apart."""
    works_without: tuple[str, ...] = ()
    """The measures without which a dishonest submission would get away with it."""


@dataclass(frozen=True)
class Sample:
    """One folder of the corpus."""

    path: Path
    expected: Expectation

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"


@dataclass(frozen=True)
class Outcome:
    """What the grader made of a sample."""

    sample: Sample
    verdicts: tuple[Verdict, ...]
    seconds: float
    fault: str | None = None
    failed: tuple[Verdict, ...] = field(default=())
    flags: tuple[str, ...] = ()

    def complaints(self) -> list[str]:
        """How this differs from what was expected; empty where it does not."""
        expected = self.sample.expected
        if self.fault is not None:
            return [f"grader fault: {self.fault}"]
        failed = {v.test: v for v in self.failed}
        found = [f"{test} passed" for test in expected.fails if test not in failed]
        for test, verdict in failed.items():
            if test not in expected.fails and not any(fnmatch(test, pattern) for pattern in expected.may_fail):
                found.append(f"{test} {verdict.status} too: {verdict.hint} {verdict.data} {verdict.staff_note}")
        first = failed.get(expected.fails[0]) if expected.fails else None
        if first is not None and expected.hint and first.hint != expected.hint:
            found.append(f"{first.test} says {first.hint}, not {expected.hint} {dict(first.data)} {first.staff_note}")
        if first is not None and first.status != expected.status:
            found.append(f"{first.test} is {first.status}, not {expected.status}: {dict(first.data)}")
        if set(self.flags) != set(expected.flags):
            found.append(f"flagged for {list(self.flags)}, not for {list(expected.flags)}")
        return found

    @property
    def reached(self) -> bool:
        """Whether the accuracy asked for was reached, and counts."""
        return any(v.test == "accuracy/target" for v in self.verdicts) and not any(
            v.test == "accuracy/target" and v.status != "passed" for v in self.verdicts
        )


def _expectation(path: Path) -> Expectation:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    return Expectation(
        fails=tuple(said.get("fails", ())),
        hint=said.get("hint"),
        may_fail=tuple(said.get("may_fail", ())),
        status=said.get("status", "failed"),
        time_limit=float(said.get("time_limit", TRAIN_SECONDS)),
        quick=bool(said.get("quick", True)),
        flags=tuple(said.get("flags", ())),
        sandbox=bool(said.get("sandbox", False)),
        works_without=tuple(said.get("works_without", ())),
    )


def samples(kind: str = "*") -> list[Sample]:
    """The samples of a kind ("right", "buggy", "dishonest"), sorted by name."""
    return [
        Sample(path.parent, _expectation(path))
        for path in sorted(FOLDER.glob(f"{kind}/*/expect.toml"))
        if path.parent.parent.name in ("right", "buggy", "dishonest")
    ]


def _as_tests(measures: Collection[str]) -> set[str]:
    return {f"integrity/{measure}" for measure in measures}


def _lenient(assignment: Assignment, measures: Collection[str]) -> Assignment:
    """`assignment` without some of its measures against dishonesty."""
    integrity = assignment.integrity
    if "relabel" in measures:
        integrity = msgspec.structs.replace(integrity, relabel=False)
    if "noise" in measures:
        integrity = msgspec.structs.replace(integrity, noise=0)
    return msgspec.structs.replace(assignment, integrity=integrity)


@functools.cache
def _digits() -> Dataset:
    return load("digits")


def course_for(sample: Sample, *, seed: int = 0, without: Collection[str] = ()) -> Course:
    """What `grader` would prepare, with warm workers, on the embedded digits.

    Args:
        sample: decides whether there is a training, how long it may take, and whether the sandbox is a real one.
        seed: of the run.
        without: measures against dishonesty to leave out: "relabel", "noise", "sandbox", or a test of integrity.
    """
    tests = {name: test for name, test in collect().items() if name.replace("-", "_") not in _as_tests(without)}
    assignment = _lenient(load_assignment(), without)
    categories = PROBED if sample.expected.quick else CATEGORIES
    honesty = UNTRAINED_HONESTY if sample.name in QUICK_LEARNERS else ()
    settings = Settings((sample.path,), categories, "digits", seed=seed, threads=1)
    return Course(
        settings=settings,
        assignment=assignment,
        tests=tests,
        chosen=tuple(dict.fromkeys((*tests_for(categories, tests), *honesty))),
        dataset=_digits(),
        backend=choose("auto") if sample.expected.sandbox and "sandbox" not in without else WarmBackend(),
        train_seconds=sample.expected.time_limit,
        probe_seconds=min(20.0, sample.expected.time_limit),
        predict_seconds=60.0,
        key=b"corpus",
    )


def grade(
    sample: Sample, *, seed: int = 0, without: Collection[str] = (), asked: Mapping[str, object] | None = None
) -> Outcome:
    """Grade one sample, see `course_for`; `asked` replaces values of `[structure]` in the assignment."""
    begin = time.monotonic()
    course = course_for(sample, seed=seed, without=without)
    if asked:
        structure = msgspec.structs.replace(course.assignment.structure, **asked)
        course = replace(course, assignment=msgspec.structs.replace(course.assignment, structure=structure))
    (submission,) = discover([sample.path])
    result = judged(record_of(course, submission, lambda *where: None), course.assignment, course.tests)
    verdicts = tuple(test.verdict for test in result.tests)
    failed = tuple(v for v in verdicts if v.status not in ("passed", "blocked"))
    return Outcome(sample, verdicts, time.monotonic() - begin, result.fault, failed, result.flags)


def _report(outcomes: list[Outcome]) -> Iterator[str]:
    buggy = [o for o in outcomes if o.sample.expected.fails]
    right = [o for o in outcomes if not o.sample.expected.fails]
    for category in CATEGORIES:
        own = [o for o in buggy if o.sample.expected.fails[0].startswith(f"{category}/")]
        caught = sum(o.sample.expected.fails[0] in {v.test for v in o.failed} for o in own)
        alarms = sum(any(v.category == category for v in o.failed) for o in right)
        yield f"{category:<10} caught {caught:>3} of {len(own):>3} mistakes, false alarms {alarms} of {len(right)}"
    if buggy:
        per_mistake = [len(o.failed) for o in buggy]
        yield f"failing tests per mistake: median {statistics.median(per_mistake):g}, most {max(per_mistake)}"
    yield f"seconds per submission: median {statistics.median(o.seconds for o in outcomes):.2f}"
    caught_by = Counter(v.test for o in buggy for v in o.failed)
    only = Counter(o.failed[0].test for o in buggy if len(o.failed) == 1)
    for test in collect():
        yield f"{test:<32} fails on {caught_by[test]:>3}, alone on {only[test]:>3}"


def main() -> int:
    """Grade the corpus, print every difference and the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", help="parts of names, such as `buggy/` or `softmax`; all where none is given"
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="grade each with N seeds, 0 to N-1")
    parser.add_argument("--train", action="store_true", help="train every one for real on the embedded digits")
    arguments = parser.parse_args()
    outcomes = []
    wrong = 0
    chosen = [s for s in samples() if not arguments.names or any(part in s.name for part in arguments.names)]
    if arguments.train:
        chosen = [replace(s, expected=replace(s.expected, quick=False)) for s in chosen]
    for sample, seed in itertools.product(chosen, range(arguments.seeds)):
        outcome = grade(sample, seed=seed)
        outcomes.append(outcome)
        complaints = outcome.complaints()
        wrong += bool(complaints)
        print(f"{'WRONG' if complaints else 'ok':<6}{outcome.seconds:5.1f} s  {sample.name}", flush=True)
        for complaint in complaints:
            print(f"             {complaint}", flush=True)
    print("\n".join(_report(outcomes)) if outcomes else "no such submission")
    return 1 if wrong or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
