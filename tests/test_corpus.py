"""The hidden tests are tested themselves: a mistake is caught by the test that names it, nothing right is blamed."""

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


def test_corpus_is_there() -> None:
    """The two tests above have something to run on."""
    assert len(samples("right")) >= 25
    assert len(samples("buggy")) >= 60
