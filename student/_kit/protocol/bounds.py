"""Upper bounds on every observation and message.

A decoder refuses more, and the worker cuts what it sends to it.

Every list, mapping, text, number and sequence of bytes of a class that crosses the trust line says here, or beside the
field, how large it may be; `tests/protocol/test_bounds.py` finds one that does not. An observation as a whole is bound
by the bytes that it takes (`messages.MAX_OBSERVATION_BYTES`) and by the values that it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Annotated, TypeAlias

try:
    from msgspec import Meta
except ImportError:  # students have a copy of this, where nothing is sent and nothing decoded

    @dataclass(frozen=True)
    class Meta:  # type: ignore[no-redef]
        """Holds a bound that nobody looks at."""

        max_length: int | None = None
        ge: int | None = None
        le: int | None = None


MAX_NAME = 200
MAX_TEXT = 2000
MAX_DIMENSIONS = 8
MAX_COLUMNS = 1000
"""Columns of an array that are sent at most. Scores have ten."""
MAX_VALUES = 200_000
"""Most values in one observation, nested ones included. An array counts as one."""

Int: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Name: TypeAlias = Annotated[str, Meta(max_length=MAX_NAME)]
"""A name, a type, a line of code."""
Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
Shape: TypeAlias = Annotated[list[Int], Meta(max_length=MAX_DIMENSIONS)]
"""The sizes of a tensor's first dimensions."""


def most(length: int) -> Meta:
    """Bound a field to `length` items, characters or bytes."""
    return Meta(max_length=length)


def count_values(observation: object, enough: int = MAX_VALUES) -> int:
    """Count the values in `observation`, nested ones included.

    The counting ends early where there are more than `enough`.
    """
    count, waiting = 0, [observation]
    while waiting and count <= enough:
        value = waiting.pop()
        count += 1
        if isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, Mapping):
            waiting += value.values()
        elif is_dataclass(value):
            waiting += vars(value).values()
    return count
