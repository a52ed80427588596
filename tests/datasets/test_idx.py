"""Tests that the IDX parser accepts just the format."""

from __future__ import annotations

import numpy as np
import pytest

from grader.datasets.idx import parse_idx
from tests.testing.published import idx


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (0,)])
def test_an_array_comes_back_as_it_was(shape: tuple[int, ...]) -> None:
    """An array of bytes is read back as it was. It may have one to three dimensions."""
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    parsed = parse_idx(idx(array))
    assert parsed.shape == shape
    assert np.array_equal(parsed, array)


GOOD = idx(np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no IDX header"),
        (GOOD[:3], "no IDX header"),
        (b"\x01" + GOOD[1:], "no IDX header"),
        (GOOD[:2] + b"\x0d" + GOOD[3:], "type 0x0d"),
        (GOOD[:3] + b"\x00" + GOOD[4:], "with 0 dimensions"),
        (GOOD[:3] + b"\xff" + GOOD[4:], "with 255 dimensions"),
        (GOOD[:9], "header is cut short"),
        (GOOD[:-1], "17 bytes, where an array of shape .* takes 18"),
        (GOOD + b"\x00", "19 bytes, where an array of shape .* takes 18"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "16 bytes, where"),  # this header announces 2**96 bytes
    ],
)
def test_anything_else_is_refused(content: bytes, reason: str) -> None:
    """A wrong header or length raises ValueError. Nothing is guessed or allocated."""
    with pytest.raises(ValueError, match=reason):
        parse_idx(content)
