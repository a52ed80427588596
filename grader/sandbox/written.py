"""Bytes that a tree has written to scratch.

No file system bounds them: they may have a name, have none, or be out of sight.
"""

from __future__ import annotations

import os
import sys
import time

from grader.linux.capabilities import CAP_SYS_PTRACE, effective_capabilities
from grader.protocol.limits import Limits
from grader.sandbox import process_tree, scratch
from grader.sandbox.usage import Nameless

_THOROUGH_EVERY_SECONDS = 1.0
_CLOSED_LOOKS = 3
"""Number of looks in which something may be closed.

After so many thorough looks in a row the sandbox is ended: a phase's child is closed like the worker in its first
moment, so that one such look means nothing.
"""


def _may_look() -> bool:
    """Whether this process can look into the sandbox's.

    Root may not where it was denied the capability, as by most container engines.
    """
    if sys.platform != "linux":
        return False
    return os.geteuid() != 0 or bool(effective_capabilities() & 1 << CAP_SYS_PTRACE)


class Written:
    """Counts what the tree has written to scratch.

    Args:
        folder: the scratch directory.
        limits: of the sandbox.
    """

    def __init__(self, folder: str, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        self._may_look = _may_look()
        self._next_thorough = 0.0
        self._closed_looks = 0

    def exceeded(self, tree: list[int]) -> bool:
        """Whether it is too much, or cannot be told. `tree` begins with the worker, which is closed to everybody.

        Mappings take longest, so they are looked at once a second.
        """
        named = scratch.used_bytes(self._folder)
        if named is None:
            return True
        nameless = Nameless()
        thorough = time.monotonic() >= self._next_thorough
        for pid in tree:
            nameless.open_in(pid)
            if thorough and pid not in nameless.closed:
                nameless.mapped_in(pid, self._folder, self._limits.file_bytes)
        if thorough:
            self._next_thorough = time.monotonic() + _THOROUGH_EVERY_SECONDS
            closed = [pid for pid in nameless.closed if pid not in tree[:1] and not process_tree.ended(pid)]
            self._closed_looks = self._closed_looks + 1 if closed else 0
        out_of_sight = self._may_look and self._closed_looks >= _CLOSED_LOOKS
        return out_of_sight or named + nameless.total() > self._limits.scratch_bytes
