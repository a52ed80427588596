"""Tests of the hidden tests on right and dishonest submissions.

Nothing right is blamed, and nothing dishonest pays. That each mistake is caught by the test that names it is in
`test_corpus_mistakes.py`, which can run beside this file.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.judge.collect import collect
from tests.testing.corpus import Sample, sample_named, samples
from tests.testing.grading import grade
from tests.testing.variants import first_of_each


@pytest.mark.parametrize("sample", samples("right"), ids=lambda sample: sample.name)
def test_right_submission_passes(sample: Sample) -> None:
    """A right solution, however unusual, passes every test."""
    outcome = grade(sample)
    assert outcome.complaints() == []
    assert outcome.verdicts
    assert all(verdict.status == "passed" for verdict in outcome.verdicts)


DISHONEST = samples("dishonest")


@pytest.mark.parametrize("sample", first_of_each((sample, sample.expected.fails) for sample in DISHONEST))
def test_dishonesty_does_not_pay(sample: Sample) -> None:
    """A dishonest submission gets no accuracy points. A person is told where to look, if that can be known."""
    outcome = grade(sample)
    assert outcome.complaints() == []
    assert not outcome.reached


@pytest.fixture
def nothing_remembered() -> Iterator[None]:
    """Remove what `memory-left-on-disk` leaves where nothing stops it."""
    places = [Path(folder, "digits-remembered.pt") for folder in (tempfile.gettempdir(), "/tmp", "/dev/shm")]
    for place in places:
        place.unlink(missing_ok=True)
    yield
    for place in places:
        place.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "sample",
    first_of_each((sample, sample.expected.works_without) for sample in DISHONEST if sample.expected.works_without),
)
def test_dishonesty_would_pay(sample: Sample, nothing_remembered: None) -> None:
    """Each trick would pay without the measure against it. So the tricks are real."""
    outcome = grade(sample, without=sample.expected.works_without)
    assert outcome.fault is None
    assert outcome.reached, [(v.test, v.hint, dict(v.data)) for v in outcome.failed]


@pytest.mark.parametrize("name", ["right/own-dropout-bernoulli", "buggy/dropout/own-dropout-not-scaled"])
def test_verdicts_do_not_depend_on_luck(name: str) -> None:
    """Verdicts do not depend on luck. Graded five times, a submission gets the same ones, in the same words."""
    sample = sample_named(name)
    first, *others = [grade(sample).verdicts for _ in range(5)]
    for other in others:
        assert [(v.test, v.status, v.hint, v.data) for v in other] == [
            (v.test, v.status, v.hint, v.data) for v in first
        ]


def test_an_assignment_may_forbid_convolutions_and_demand_layers() -> None:
    """An assignment may forbid convolutions and demand layers. Two lines of `assignment.toml` decide it."""
    asked = {"forbid_convolutions": True, "min_hidden_layers": 2}
    wanted = {
        "right/plain-perceptron": [],
        "right/convolutional-net": [("structure/layers", "structure/convolutions-forbidden")],
        "right/early-stopping": [("structure/layers", "structure/too-few-layers")],
    }
    for name, complaints in wanted.items():
        failed = grade(sample_named(name), asked=asked).failed
        assert [(verdict.test, verdict.hint) for verdict in failed] == complaints


@pytest.mark.parametrize("test", collect())
def test_every_hidden_test_catches_something_alone(test: str) -> None:
    """Every hidden test catches some mistake alone.

    A test without such a mistake would be merged with another. The tests above make sure that nothing else fails on the
    sample; accuracy that was not earned may miss its bars as well.
    """
    own = [s for s in samples() if s.expected.fails == (test,)]
    assert any(all(pattern.startswith("accuracy/") for pattern in s.expected.may_fail) for s in own)


def test_corpus_is_there() -> None:
    """The corpus has enough submissions to test with."""
    assert len(samples("right")) >= 25
    assert len(samples("buggy")) >= 60
    assert len(samples("dishonest")) >= 12
