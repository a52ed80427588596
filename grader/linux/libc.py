"""Calls to the C library. The kernel's refusals become exceptions."""

from __future__ import annotations

import ctypes
import functools
import os


@functools.cache
def library() -> ctypes.CDLL:
    """Load the C library, which every program has open."""
    return ctypes.CDLL(None, use_errno=True)


def refusal(what: str) -> OSError:
    """Describe the last call that failed."""
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")


def checked(result: int, what: str) -> int:
    """Return the result of a call.

    Raises:
        OSError: it is negative; says `what` failed and why.
    """
    if result < 0:
        raise refusal(what)
    return result


def prctl(option: int, *arguments: int, what: str) -> None:
    """Change something about the calling process.

    Args:
        option: the number of the operation, PR_….
        arguments: at most four, zeros follow.
        what: the name of the operation, for the message.

    Raises:
        OSError: the kernel refuses.
    """
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    checked(library().prctl(option, *padded), what)
