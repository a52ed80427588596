"""A stream of bytes is split into frames. A false length is refused at once."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.protocol.codec import BrokenMessage, FrameSplitter, frame, read_frame

PAYLOADS = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=6)
MANY = settings(max_examples=150, derandomize=True, deadline=None, database=None)
HUGE = struct.pack(">IB", 2**32 - 1, 7)


@MANY
@given(PAYLOADS, st.data())
def test_frames_survive_any_cut(frames: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """The same frames arrive however the stream is cut. They keep their order, and none comes early."""
    stream = b"".join(frame(kind, payload) for kind, payload in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    splitter = FrameSplitter(max_bytes=40)
    received = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += splitter.feed(stream[start:end])
    assert received == frames


def test_byte_by_byte_a_frame_comes_with_its_last_byte() -> None:
    """A frame comes with its last byte, not before."""
    stream = frame(5, b"abc")
    splitter = FrameSplitter(max_bytes=3)
    for byte in stream[:-1]:
        assert splitter.feed(bytes([byte])) == []
    assert splitter.feed(stream[-1:]) == [(5, b"abc")]


def test_a_header_that_promises_too_much_is_refused_at_once() -> None:
    """A header above the bound is refused at once. Nothing of its frame need arrive."""
    splitter = FrameSplitter(max_bytes=10)
    assert splitter.feed(frame(1, b"0123456789")) == [(1, b"0123456789")]
    with pytest.raises(BrokenMessage, match="a frame of 11 bytes is over the bound of 10"):
        splitter.feed(frame(1, b"01234567890")[:5])


def test_frames_before_a_lie_are_lost_with_it() -> None:
    """A refused header takes the frames before it along. Half an answer is no answer."""
    splitter = FrameSplitter(max_bytes=10)
    with pytest.raises(BrokenMessage):
        splitter.feed(frame(1, b"good") + HUGE)


def test_reading_frames_from_a_real_pipe() -> None:
    """Frames of any size arrive through a pipe.

    Some are empty, some larger than its buffer; an end between two frames is no error.
    """
    near, far = os.pipe()
    with os.fdopen(near, "rb", 0) as source, os.fdopen(far, "wb", 0) as sink:
        sink.write(frame(1, b"") + frame(2, b"x" * 3000))
        assert read_frame(source.read, max_bytes=3000) == (1, b"")
        assert read_frame(source.read, max_bytes=3000) == (2, b"x" * 3000)
        sink.close()
        assert read_frame(source.read, max_bytes=3000) is None


@pytest.mark.parametrize("length", range(1, len(frame(9, b"abc"))))
def test_a_stream_that_ends_inside_a_frame_is_broken(length: int) -> None:
    """A stream that ends inside a frame is broken. An end between two frames is not."""
    with pytest.raises(BrokenMessage, match="the stream ends inside a frame"):
        read_frame(io.BytesIO(frame(9, b"abc")[:length]).read)


def test_a_huge_header_is_refused_before_anything_is_reserved_or_read() -> None:
    """A huge announced length costs no memory and no read."""
    reads: list[int] = []

    def read(n: int) -> bytes:
        reads.append(n)
        return HUGE[:n]

    tracemalloc.start()
    try:
        with pytest.raises(BrokenMessage, match="over the bound"):
            read_frame(read, max_bytes=1 << 30)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reads == [5]
    assert peak < 1 << 16


def test_a_frame_that_never_comes_is_not_reserved_whole() -> None:
    """A frame takes memory only as it arrives. That holds for reading and for splitting."""
    announced = struct.pack(">IB", 1 << 30, 7) + b"x" * 100
    tracemalloc.start()
    try:
        assert FrameSplitter(max_bytes=1 << 30).feed(announced) == []
        with pytest.raises(BrokenMessage, match="ends inside a frame"):
            read_frame(io.BytesIO(announced).read)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 18
