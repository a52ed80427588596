"""The IDX format in which MNIST is published. A big-endian header, then the bytes of one array."""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTE = 0x08
_MAX_DIMENSIONS = 3
_PREFIX_BYTES = 4


def parse_idx(content: bytes) -> NDArray[np.uint8]:
    """Parse an unpacked IDX file of unsigned bytes.

    The array is read-only, sharing memory with `content`.

    Raises:
        ValueError: not IDX, not unsigned bytes, not one to three dimensions, or not exactly as long as the header says.
    """
    if len(content) < _PREFIX_BYTES or content[:2] != b"\x00\x00":
        raise ValueError("no IDX header")
    code, dimensions = content[2], content[3]
    if code != _UNSIGNED_BYTE or not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise ValueError(f"type {code:#04x} with {dimensions} dimensions, not unsigned bytes with one to three")
    start = _PREFIX_BYTES + 4 * dimensions
    if len(content) < start:
        raise ValueError("the header is cut short")
    shape = struct.unpack(f">{dimensions}I", content[_PREFIX_BYTES:start])
    expected = start + math.prod(shape)
    if len(content) != expected:
        raise ValueError(f"{len(content)} bytes, where an array of shape {shape} takes {expected}")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
