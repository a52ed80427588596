"""The hidden tests are tested themselves: a mistake is caught by the test that names it."""

import pytest

from tests.testing.corpus import Sample, samples
from tests.testing.grading import grade


@pytest.mark.parametrize("sample", samples("buggy"), ids=lambda sample: sample.name)
def test_mistake_is_named(sample: Sample) -> None:
    """A mistake fails the test that names it, says so in the message meant for it, and fails no other."""
    outcome = grade(sample)
    assert outcome.complaints() == []
