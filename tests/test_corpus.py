"""The hidden tests are tested themselves: nothing right is blamed, nothing dishonest pays.

That each mistake is caught by the test that names it is in `test_corpus_mistakes.py`, which runs beside this.
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
    """A submission that did not learn what it knows gets no points for accuracy, and a person is told where one can."""
    outcome = grade(sample)
    assert outcome.complaints() == []
    assert not outcome.reached


@pytest.fixture
def nothing_remembered() -> Iterator[None]:
    """What `memory-left-on-disk` leaves behind where nothing stops it."""
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
    """The tricks are real: without the measure that is aimed at it each reaches the accuracy asked for."""
    outcome = grade(sample, without=sample.expected.works_without)
    assert outcome.fault is None
    assert outcome.reached, [(v.test, v.hint, dict(v.data)) for v in outcome.failed]


@pytest.mark.parametrize("name", ["right/own-dropout-bernoulli", "buggy/dropout/own-dropout-not-scaled"])
def test_verdicts_do_not_depend_on_luck(name: str) -> None:
    """Graded five times, a submission gets the same verdicts, in the same words."""
    sample = sample_named(name)
    first, *others = [grade(sample).verdicts for _ in range(5)]
    for other in others:
        assert [(v.test, v.status, v.hint, v.data) for v in other] == [
            (v.test, v.status, v.hint, v.data) for v in first
        ]


def test_an_assignment_may_forbid_convolutions_and_demand_layers() -> None:
    """Two lines of `assignment.toml` decide what kind of network is asked for."""
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
    """A hidden test without a mistake that only it catches would be merged with another.

    That nothing else fails on the sample is what the tests above make sure of; accuracy that was not earned may miss
    its bars as well.
    """
    own = [s for s in samples() if s.expected.fails == (test,)]
    assert any(all(pattern.startswith("accuracy/") for pattern in s.expected.may_fail) for s in own)


def test_corpus_is_there() -> None:
    """The tests above have something to run on."""
    assert len(samples("right")) >= 25
    assert len(samples("buggy")) >= 60
    assert len(samples("dishonest")) >= 12
