"""The corpus of submissions, graded: `python -m tests.corpus` prints how well the hidden tests tell right from wrong.

A submission is judged by its probes alone (0.4 s), or trained for real on the embedded digits where its `expect.toml`
says `quick = false`. Workers are forked from a warm process and confine nothing: the corpus is our own code.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from grader.assignment import load_assignment
from grader.datasets import load
from grader.intake import discover
from grader.judge.collect import collect
from grader.model import CATEGORIES, Verdict
from grader.pipeline import Course, Settings, record_of
from grader.plan import tests_for
from grader.record import judged
from tests.warm import WarmBackend

FOLDER = Path(__file__).with_name("submissions")
PROBED = ("structure", "dropout", "objective", "training")
TRAIN_SECONDS = 60.0


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
        return found


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
    )


def samples(kind: str = "*") -> list[Sample]:
    """The samples of a kind ("right", "buggy"), sorted by name."""
    return [
        Sample(path.parent, _expectation(path))
        for path in sorted(FOLDER.glob(f"{kind}/*/expect.toml"))
        if path.parent.parent.name in ("right", "buggy", "dishonest")
    ]


def course_for(sample: Sample, *, seed: int = 0) -> Course:
    """What `grader` would prepare, with warm workers, on the embedded digits."""
    tests = collect()
    assignment = load_assignment(tests=frozenset(tests))
    categories = PROBED if sample.expected.quick else CATEGORIES
    settings = Settings((sample.path,), categories, "digits", seed=seed, threads=1)
    return Course(
        settings=settings,
        assignment=assignment,
        tests=tests,
        chosen=tuple(tests_for(categories, tests)),
        dataset=load("digits"),
        backend=WarmBackend(),
        train_seconds=sample.expected.time_limit,
        probe_seconds=min(20.0, sample.expected.time_limit),
        predict_seconds=60.0,
        key=b"corpus",
    )


def grade(sample: Sample, *, seed: int = 0) -> Outcome:
    """Grade one sample."""
    begin = time.monotonic()
    course = course_for(sample, seed=seed)
    (submission,) = discover([sample.path])
    result = judged(record_of(course, submission, lambda *where: None), course.assignment, course.tests)
    verdicts = tuple(test.verdict for test in result.tests)
    failed = tuple(v for v in verdicts if v.status not in ("passed", "blocked"))
    return Outcome(sample, verdicts, time.monotonic() - begin, result.fault, failed)


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
        if test.partition("/")[0] in PROBED:
            yield f"{test:<32} fails on {caught_by[test]:>3}, alone on {only[test]:>3}"


def main() -> int:
    """Grade the corpus, print every difference and the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", help="parts of names, such as `buggy/` or `softmax`; all where none is given"
    )
    chosen = parser.parse_args().names
    outcomes = []
    wrong = 0
    for sample in samples():
        if chosen and not any(part in sample.name for part in chosen):
            continue
        outcome = grade(sample)
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
