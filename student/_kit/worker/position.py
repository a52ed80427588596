"""Finds the line of the submission that runs.

Where its code does not end, that is what its author wants to know first. Another thread looks at the stack of the main
thread, which runs whatever is the submission's. Code in C that keeps the interpreter for itself cannot be looked at.
"""

from __future__ import annotations

import contextlib
import linecache
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from ..protocol.raised import Frame

_LEAST_SECONDS, _SHARE = 0.25, 0.05
"""Seconds between two looks: so many, or that share of the time so far. However long it takes, the looks are few."""


def position(frame: FrameType | None, package: Path, passed_over: tuple[str, ...] = ()) -> Frame | None:
    """Return the innermost line in the submission's files.

    None where no frame of the stack is in one.

    Args:
        frame: the innermost of a stack, of any thread.
        package: the folder of the submission.
        passed_over: beginnings of paths in it, of files that are not the submission's own.
    """
    while frame is not None:
        path, line = Path(frame.f_code.co_filename), frame.f_lineno or 0
        if path.is_relative_to(package):
            file = path.relative_to(package).as_posix()
            if not file.startswith(passed_over):
                return Frame(file, line, frame.f_code.co_name, linecache.getline(str(path), line).strip()[:200])
        frame = frame.f_back
    return None


@contextlib.contextmanager
def positions_told(package: Path, tell: Callable[[Frame], None]) -> Iterator[None]:
    """Tell now and then where the submission is.

    It is done from a thread, while the body runs.

    Args:
        package: the folder of the submission.
        tell: called with the line that the main thread is at; not where it is in none of the submission's.
    """
    main, over = threading.main_thread().ident or 0, threading.Event()
    begin = time.monotonic()

    def look() -> None:
        while not over.wait(max(_LEAST_SECONDS, _SHARE * (time.monotonic() - begin))):
            found = position(sys._current_frames().get(main), package)
            if found is not None:
                tell(found)

    thread = threading.Thread(target=look, name="position", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
