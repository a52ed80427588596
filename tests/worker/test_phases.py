"""The pipe of a phase, which several threads write to."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from grader.protocol import messages
from grader.protocol.codec import read_frame
from grader.protocol.messages import MAX_NOTE_BYTES, Observed, Position
from grader.protocol.raised import Frame
from grader.worker.phases import _Channel

LARGE = Observed("load", bytes(1 << 20))
SMALL = Position(Frame("net.py", 1, "f", "x"))


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe's two ends."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_messages_of_two_threads_are_whole(pipe: tuple[int, int]) -> None:
    """However long they are: none stands within another."""
    source, channel = pipe[0], _Channel(pipe[1])

    def send(kind: int, message: object, times: int) -> None:
        for _ in range(times):
            channel.send(kind, message)

    sent = [(messages.OBSERVED, LARGE, 4), (messages.POSITION, SMALL, 200)]
    threads = [threading.Thread(target=send, args=each, daemon=True) for each in sent]
    for thread in threads:
        thread.start()
    kinds = []
    for _ in range(204):
        received = read_frame(lambda n: os.read(source, n), len(LARGE.payload) + MAX_NOTE_BYTES)
        assert received is not None
        kinds.append(received[0])
    for thread in threads:
        thread.join()
    assert {kind: kinds.count(kind) for kind, *_ in sent} == {messages.OBSERVED: 4, messages.POSITION: 200}


def test_a_forked_process_waits_for_no_thread_that_it_lacks(pipe: tuple[int, int]) -> None:
    """A thread may be about to write when a submission forks, for loader workers of its own."""
    channel = _Channel(pipe[1])
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with channel._lock:
            held.set()
            over.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        channel.send(messages.POSITION, SMALL)
        os._exit(0)
    over.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
