"""The printed output of a sandbox.

It is taken in all the time, so that no pipe is ever full, and given out in parts.
"""

from __future__ import annotations

import select
import threading
import time
from typing import IO

_PIECE_BYTES = 1 << 16
_TAKE_SECONDS = 1.0
"""Seconds to read output that never pauses."""


class Printed:
    """The first and last printed bytes, within a bound.

    Args:
        stream: the reading end of a pipe.
        keep_bytes: how much of each part to keep.
    """

    def __init__(self, stream: IO[bytes], keep_bytes: int) -> None:
        self._stream, self._half = stream, keep_bytes // 2
        self._lock = threading.Lock()
        self._start_part()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _start_part(self) -> None:
        self._head, self._tail, self._total = bytearray(), bytearray(), 0

    def _ready(self, seconds: float | None) -> bool:
        """Wait for something to read, or the end. False where there is neither, or the pipe was closed."""
        try:
            poll = select.poll()
            poll.register(self._stream, select.POLLIN)
            return bool(poll.poll(None if seconds is None else 1000 * seconds))
        except (OSError, ValueError):
            return False

    def _take_in(self) -> bool:
        """Read what is there, without waiting. False at the end."""
        with self._lock:
            if not self._ready(0):
                return True  # the other thread was faster
            try:
                piece = self._stream.read(_PIECE_BYTES) or b""
            except (OSError, ValueError):  # a pipe that broke or was closed under us is at its end
                piece = b""
            self._total += len(piece)
            room = max(0, self._half - len(self._head))
            self._head += piece[:room]
            self._tail = (self._tail + piece[room:])[-self._half :]
            return bool(piece)

    def _drain(self) -> None:
        while self._ready(None) and self._take_in():
            pass

    def text(self) -> str:
        """Return all output of the current part. It stays in place; a note stands for a left out middle."""
        deadline = time.monotonic() + _TAKE_SECONDS
        while self._ready(0) and self._take_in() and time.monotonic() < deadline:
            pass
        with self._lock:
            left_out = self._total - len(self._head) - len(self._tail)
            middle = f"\n[… {left_out} bytes left out …]\n".encode() if left_out > 0 else b""
            return (bytes(self._head) + middle + bytes(self._tail)).decode(errors="replace")

    def take(self) -> str:
        """Return the output, and begin the next part."""
        text = self.text()
        with self._lock:
            self._start_part()
        return text
