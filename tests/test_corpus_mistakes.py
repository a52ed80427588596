"""Tests that each mistake is caught by the right hidden test."""

import pytest

from tests.testing.corpus import Sample, samples
from tests.testing.grading import grade
from tests.testing.variants import first_of_each


def message_of(sample: Sample) -> tuple[str, ...]:
    """The message that a sample is expected to get."""
    return (sample.expected.hint,) if sample.expected.hint else sample.expected.fails


@pytest.mark.parametrize("sample", first_of_each((sample, message_of(sample)) for sample in samples("buggy")))
def test_mistake_is_named(sample: Sample) -> None:
    """A mistake fails the test that names it, and no other. The message is the one meant for it."""
    outcome = grade(sample)
    assert outcome.complaints() == []
