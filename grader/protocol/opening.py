"""Opens observations that a stranger's probe has sent. Within all its bounds, or not at all."""

from __future__ import annotations

from typing import TypeVar

from .bounds import MAX_VALUES, count_values
from .codec import BrokenMessage, decode
from .messages import MAX_OBSERVATION_BYTES

T = TypeVar("T")


def open_observation(payload: bytes, expected: type[T]) -> T:
    """Decode an observation of type `expected` from `payload`.

    Packed networks are no longer in it.

    Raises:
        BrokenMessage: it holds something else, or more than an observation may hold.
    """
    if len(payload) > MAX_OBSERVATION_BYTES:
        raise BrokenMessage("an observation that is too long")
    observation = decode(payload, expected)
    if count_values(observation) > MAX_VALUES:
        raise BrokenMessage("an observation of too many values")
    return observation
