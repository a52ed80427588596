"""A lock for the only writer of an output folder. It is the kernel's, and ends with the process that holds it.

The file `OUT/.grader/lock` says in words who holds it, for whoever waits; what stands there once nobody holds it means
nothing. Readers take no lock; who only wants to know whether somebody writes (`is_writing`) holds it for an instant.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from grader.errors import UsageError
from grader.store.store import FOLDER

FILE = "lock"
_MOST = 300
"""Maximum bytes of a holder's description of itself."""
_LOOK_SECONDS = 0.05
"""Seconds, more than `is_writing` holds the lock."""
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""Errors of a network drive without locks."""


def _myself() -> bytes:
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"process {os.getpid()} on {socket.gethostname()}, since {since}\n".encode(errors="replace")


def _holder(descriptor: int) -> str:
    said = os.pread(descriptor, _MOST, 0).decode(errors="replace").partition("\n")[0]
    return said or "another grader"


def _try_lock(descriptor: int, kind: int) -> bool:
    """Try to take a lock; return whether it was free."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock_twice(descriptor: int) -> bool:
    """Try again once, after a short wait. Whoever has only looked is gone by then."""
    if _try_lock(descriptor, fcntl.LOCK_EX):
        return True
    time.sleep(_LOOK_SECONDS)
    return _try_lock(descriptor, fcntl.LOCK_EX)


def is_writing(out: Path) -> bool:
    """Whether a grader writes to `out` now. No where that cannot be known."""
    try:
        descriptor = os.open(out / FOLDER / FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    except OSError:  # a drive without locks
        return False
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, out: Path, announce: Callable[[str], None]) -> None:
    try:
        if not _try_lock_twice(descriptor):
            announce(f"waiting for another grader that writes to {out}: {_holder(descriptor)}")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
        announce(f"{out} is on a drive without locks ({error.strerror}): let no other grader write to it meanwhile")


@contextmanager
def only_writer(out: Path, announce: Callable[[str], None]) -> Iterator[None]:
    """Lock the output folder `out` inside the `with`. It waits for another grader that writes there.

    Args:
        out: the folder; made where it is missing.
        announce: hears in one line whom is waited for, or that there is no lock to be had here.

    Raises:
        UsageError: the file of the lock cannot be opened.
    """
    path = out / FOLDER / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UsageError(f"cannot lock {path}: {error.strerror}; choose another --out") from None
    try:
        _acquire(descriptor, out, announce)
        with contextlib.suppress(OSError):  # on a full disk it is not known who holds it
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _myself(), 0)
        yield
    finally:
        os.close(descriptor)
