"""Samples as parameters of a test. Some only repeat in another form what others hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import pytest
from _pytest.mark import ParameterSet

from tests.testing.corpus import Sample


def first_of_each(samples: Iterable[tuple[Sample, Hashable]]) -> list[ParameterSet]:
    """Mark samples whose key occurred before as exhaustive.

    Args:
        samples: each with its key.
    """
    seen: set[Hashable] = set()
    chosen = []
    for sample, key in samples:
        marks = [pytest.mark.exhaustive] if key in seen else []
        chosen.append(pytest.param(sample, id=sample.name, marks=marks))
        seen.add(key)
    return chosen
