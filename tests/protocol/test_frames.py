"""A stream of bytes becomes frames again, however it is cut, and a lie about a length is refused at once."""

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
    """Whatever the pieces a stream arrives in, the same frames come out, in order, none early."""
    stream = b"".join(frame(kind, payload) for kind, payload in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    splitter = FrameSplitter(max_bytes=40)
    received = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += splitter.feed(stream[start:end])
    assert received == frames


def test_byte_by_byte_a_frame_comes_with_its_last_byte() -> None:
    """Not before."""
    stream = frame(5, b"abc")
    splitter = FrameSplitter(max_bytes=3)
    for byte in stream[:-1]:
        assert splitter.feed(bytes([byte])) == []
    assert splitter.feed(stream[-1:]) == [(5, b"abc")]


def test_a_header_that_promises_too_much_is_refused_at_once() -> None:
    """The splitter raises as soon as the header is there, with nothing of the frame yet sent."""
    splitter = FrameSplitter(max_bytes=10)
    assert splitter.feed(frame(1, b"0123456789")) == [(1, b"0123456789")]
    with pytest.raises(BrokenMessage, match="a frame of 11 bytes is over the bound of 10"):
        splitter.feed(frame(1, b"01234567890")[:5])


def test_frames_before_a_lie_are_lost_with_it() -> None:
    """A piece that holds a refused header brings nothing: half an answer is none."""
    splitter = FrameSplitter(max_bytes=10)
    with pytest.raises(BrokenMessage):
        splitter.feed(frame(1, b"good") + HUGE)


def test_reading_frames_from_a_real_pipe() -> None:
    """Frames larger than the pipe's buffer and empty ones arrive; the end between two frames is no error."""
    near, far = os.pipe()
    with os.fdopen(near, "rb", 0) as source, os.fdopen(far, "wb", 0) as sink:
        sink.write(frame(1, b"") + frame(2, b"x" * 3000))
        assert read_frame(source.read, max_bytes=3000) == (1, b"")
        assert read_frame(source.read, max_bytes=3000) == (2, b"x" * 3000)
        sink.close()
        assert read_frame(source.read, max_bytes=3000) is None


@pytest.mark.parametrize("length", range(1, len(frame(9, b"abc"))))
def test_a_stream_that_ends_inside_a_frame_is_broken(length: int) -> None:
    """Every cut but the one between frames is told from a clean end."""
    with pytest.raises(BrokenMessage, match="the stream ends inside a frame"):
        read_frame(io.BytesIO(frame(9, b"abc")[:length]).read)


def test_a_huge_header_is_refused_before_anything_is_reserved_or_read() -> None:
    """Four gigabytes announced cost no memory and no further read."""
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
    """A gigabyte within the bound and then silence costs what was sent, in reading as in splitting."""
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
