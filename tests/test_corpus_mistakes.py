"""The hidden tests are tested themselves: a mistake is caught by the test that names it."""

import pytest
from _pytest.mark import ParameterSet

from tests.testing.corpus import Sample, samples
from tests.testing.grading import grade


def each_message_first() -> list[ParameterSet]:
    """All samples; of those that get the same message all but the first as further variants of it."""
    seen: set[tuple[str, ...]] = set()
    chosen = []
    for sample in samples("buggy"):
        told = (sample.expected.hint,) if sample.expected.hint else sample.expected.fails
        marks = [pytest.mark.exhaustive] if told in seen else []
        seen.add(told)
        chosen.append(pytest.param(sample, id=sample.name, marks=marks))
    return chosen


@pytest.mark.parametrize("sample", each_message_first())
def test_mistake_is_named(sample: Sample) -> None:
    """A mistake fails the test that names it, says so in the message meant for it, and fails no other."""
    outcome = grade(sample)
    assert outcome.complaints() == []
