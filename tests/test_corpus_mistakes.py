"""The hidden tests are tested themselves: a mistake is caught by the test that names it."""

import pytest

from tests.testing.corpus import Sample, samples
from tests.testing.grading import grade
from tests.testing.variants import first_of_each


def message_of(sample: Sample) -> tuple[str, ...]:
    """What tells the message that a sample gets from others."""
    return (sample.expected.hint,) if sample.expected.hint else sample.expected.fails


@pytest.mark.parametrize("sample", first_of_each((sample, message_of(sample)) for sample in samples("buggy")))
def test_mistake_is_named(sample: Sample) -> None:
    """A mistake fails the test that names it, says so in the message meant for it, and fails no other."""
    outcome = grade(sample)
    assert outcome.complaints() == []
