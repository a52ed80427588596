"""Packing of tasks for other machines. What many of them share is sent once, and each refers to it.

The large arrays of a task are taken out of it as it is packed (protocol 5 of pickle hands them over as they lie in
memory). The data set is the same object in all tasks of a run, so a caller that knows an array again sends it once.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.schedule.base import Task

LARGE_BYTES = 1 << 14
"""Bytes from which an array is sent on its own."""

Raw = NDArray[np.uint8]
"""An array as plain bytes, (N,)."""


@dataclass(frozen=True)
class Packed:
    """A task as it travels, without its large arrays.

    `small` has an entry for each of its arrays, in order: the bytes of a small one, None for a large one.
    """

    name: str
    payload: bytes
    small: tuple[bytes | None, ...]


def pack(task: Task) -> tuple[Packed, list[Raw]]:
    """Pack `task`, and return its large arrays. They are in order, and views: nothing is copied."""
    buffers: list[pickle.PickleBuffer] = []
    payload = pickle.dumps(task, protocol=5, buffer_callback=buffers.append)
    arrays = [np.frombuffer(buffer.raw(), dtype=np.uint8) for buffer in buffers]
    small = tuple(array.tobytes() if array.nbytes < LARGE_BYTES else None for array in arrays)
    return Packed(task.name, payload, small), [array for array in arrays if array.nbytes >= LARGE_BYTES]


def unpack(packed: Packed, large: Sequence[Raw]) -> Task:
    """Unpack a task. `pack` has made `packed` and `large` of it, and its large arrays are views of these."""
    rest = iter(large)
    buffers: list[Any] = [next(rest) if small is None else small for small in packed.small]
    task: Task = pickle.loads(packed.payload, buffers=buffers)  # noqa: S301 - from the grader's own driver
    return task


def place_of(array: Raw) -> tuple[int, int]:
    """Return an array's address and length in bytes. They are the same for views of the same memory."""
    return array.__array_interface__["data"][0], array.nbytes
