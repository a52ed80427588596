"""Grade samples of the corpus by warm workers.

They confine nothing: the corpus is our own code. A sample is judged by its probes alone (0.4 s), or trained for real on
the embedded digits where its `expect.toml` says `quick = false`.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch

import msgspec

from grader.assignment import Assignment, load_assignment
from grader.categories import CATEGORIES
from grader.datasets import load
from grader.datasets.base import Dataset
from grader.judge.collect import collect, tests_for
from grader.model import Result, Submission, Verdict
from grader.pipeline import Run, execute, judge, record
from grader.sandbox import choose
from grader.schedule.base import Place
from grader.schedule.serial import SerialEngine
from grader.setup import Settings, Setup, wall_seconds
from grader.store import Store
from grader.work import Work
from tests.testing.corpus import Sample, submission_of
from tests.testing.judging import judge_for_all
from tests.testing.warm import WarmBackend

PROBED = ("structure", "dropout", "objective", "training")
UNTRAINED_HONESTY = ("integrity/carries-no-data", "integrity/few-shot")
"""The tests of integrity that need no real training."""
QUICK_LEARNERS = {"right/batch-norm-perceptron", "right/gradients-by-hand"}
"""Right samples that learn most from a few images. In every run they have to be taken for honest."""


@dataclass(frozen=True)
class GradedSample:
    """A sample with its verdicts, as the grader judged it."""

    sample: Sample
    verdicts: tuple[Verdict, ...]
    seconds: float
    fault: str | None = None
    failed: tuple[Verdict, ...] = field(default=())
    flags: tuple[str, ...] = ()
    points_lost: float = 0.0
    """Points lost by failed tests and those waiting for them."""

    def complaints(self) -> list[str]:
        """Return the differences from what was expected."""
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
        """Whether the wanted accuracy was reached, and counts."""
        return any(v.test == "accuracy/target" for v in self.verdicts) and not any(
            v.test == "accuracy/target" and v.status != "passed" for v in self.verdicts
        )


_WITHOUT: Mapping[str, Mapping[str, object]] = {
    "relabel": {"relabel": False},
    "noise": {"noise": 0},
    "moved": {"turn_degrees": 0.0, "stretch": 0.0, "shift_pixels": 0.0},
    "parts": {"queries_at_once": 1_000_000},
    "redraw": {"redraw_weights": False},
}
"""Settings of `[integrity]` that switch a measure off. Any other measure is a test, which is left out."""


def _as_tests(measures: Collection[str]) -> set[str]:
    return {f"integrity/{measure}" for measure in measures}


def _lenient(assignment: Assignment, measures: Collection[str]) -> Assignment:
    """Return `assignment` without some measures against dishonesty."""
    changes = {name: value for measure in measures for name, value in _WITHOUT.get(measure, {}).items()}
    integrity = msgspec.structs.replace(assignment.integrity, **changes)
    return msgspec.structs.replace(assignment, integrity=integrity)


@functools.cache
def _digits() -> Dataset:
    return load("digits")


def setup_for(sample: Sample, *, seed: int = 0, without: Collection[str] = ()) -> Setup:
    """Prepare a run as `grader` does, with warm workers and digits.

    Args:
        sample: decides whether there is a training, how long it may take, and whether the sandbox is a real one.
        seed: of the run.
        without: measures against dishonesty to leave out: "sandbox", a key of `_WITHOUT`, or a test of integrity.
    """
    tests = {name: test for name, test in collect().items() if name.replace("-", "_") not in _as_tests(without)}
    assignment = _lenient(load_assignment(), without)
    categories = PROBED if sample.expected.quick else CATEGORIES
    honesty = UNTRAINED_HONESTY if sample.name in QUICK_LEARNERS else ()
    settings = Settings((sample.path,), categories, "digits", seed=seed, threads=1, fresh=True)
    seconds = wall_seconds(assignment, None)
    return Setup(
        settings=settings,
        assignment=assignment,
        tests=tests,
        chosen=tuple(dict.fromkeys((*tests_for(categories, tests), *honesty))),
        dataset=_digits(),
        backend=choose("auto") if sample.expected.sandbox and "sandbox" not in without else WarmBackend(),
        seconds=seconds
        | {"train_seconds": sample.expected.time_limit, "probe_seconds": min(20.0, sample.expected.time_limit)},
        time_factor=1.0,
        secret=b"corpus",
    )


def result_of(setup: Setup, submission: Submission) -> Result:
    """Return a run's result for one submission. Nothing is kept of it."""
    with Store.in_memory() as store:
        engine = SerialEngine(Place(setup.backend, lambda *where: None))
        run = Run(setup, engine, judge_for_all(), store, lambda result: None)
        (work,) = judge(run, record(run, execute(run, [Work(submission)])))
    return work.the_result


def grade(
    sample: Sample, *, seed: int = 0, without: Collection[str] = (), asked: Mapping[str, object] | None = None
) -> GradedSample:
    """Grade one sample. See `setup_for`; `asked` replaces values of `[structure]` in the assignment."""
    begin = time.monotonic()
    setup = setup_for(sample, seed=seed, without=without)
    if asked:
        structure = msgspec.structs.replace(setup.assignment.structure, **asked)
        setup = replace(setup, assignment=msgspec.structs.replace(setup.assignment, structure=structure))
    result = result_of(setup, submission_of(sample))
    verdicts = tuple(test.verdict for test in result.tests)
    failed = tuple(v for v in verdicts if v.status not in ("passed", "blocked"))
    lost = sum(test.max_score - test.score for test in result.tests)
    return GradedSample(sample, verdicts, time.monotonic() - begin, result.fault, failed, result.flags, lost)
