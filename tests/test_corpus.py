"""The hidden tests are tested themselves: a mistake is caught by the test that names it, nothing right is blamed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus import Sample, grade, samples


@pytest.mark.parametrize("sample", samples("right"), ids=lambda sample: sample.name)
def test_right_submission_passes(sample: Sample) -> None:
    """A right solution, however unusual, passes every test."""
    outcome = grade(sample)
    assert outcome.complaints() == []
    assert outcome.verdicts
    assert all(verdict.status == "passed" for verdict in outcome.verdicts)


@pytest.mark.parametrize("sample", samples("buggy"), ids=lambda sample: sample.name)
def test_mistake_is_named(sample: Sample) -> None:
    """A mistake fails the test that names it, says so in the message meant for it, and fails no other."""
    outcome = grade(sample)
    assert outcome.complaints() == []


@pytest.mark.parametrize("sample", samples("dishonest"), ids=lambda sample: sample.name)
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
    "sample", [s for s in samples("dishonest") if s.expected.works_without], ids=lambda sample: sample.name
)
def test_dishonesty_would_pay(sample: Sample, nothing_remembered: None) -> None:
    """The tricks are real: without the measure that is aimed at it each reaches the accuracy asked for."""
    outcome = grade(sample, without=sample.expected.works_without)
    assert outcome.fault is None
    assert outcome.reached, [(v.test, v.hint, dict(v.data)) for v in outcome.failed]


def test_corpus_is_there() -> None:
    """The tests above have something to run on."""
    assert len(samples("right")) >= 25
    assert len(samples("buggy")) >= 60
    assert len(samples("dishonest")) >= 12
