"""Opens what a stranger's probe has brought back: an observation within all its bounds, or nothing."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

from .bounds import MAX_VALUES, count_values
from .codec import BrokenMessage, decode, field_bytes
from .messages import MAX_OBSERVATION_BYTES
from .observations import NETWORKS, Training

T = TypeVar("T")


def _opened_bytes(payload: bytes, expected: type) -> int:
    """The length of an encoded observation, packed networks not counted, which stay unopened."""
    if expected is not Training:
        return len(payload)
    # all but the networks count: a field that is given twice is still in the length
    sizes = field_bytes(payload, len(fields(Training)))
    return len(payload) - sum(sizes.get(network, 0) for network in NETWORKS)


def open_observation(payload: bytes, expected: type[T]) -> T:
    """The observation of type `expected` that `payload` holds.

    Raises:
        BrokenMessage: it holds something else, or more than an observation may hold.
    """
    if _opened_bytes(payload, expected) > MAX_OBSERVATION_BYTES:
        raise BrokenMessage("an observation that is too long")
    observation = decode(payload, expected)
    if count_values(observation) > MAX_VALUES:
        raise BrokenMessage("an observation of too many values")
    return observation
