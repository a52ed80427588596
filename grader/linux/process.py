"""Settings of a process for itself and its descendants."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct

from grader.linux.libc import library, prctl, refusal

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_SECCOMP_MODE_FILTER = 2
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING = 1


def die_with_parent(signal_number: int) -> None:
    """Send this process a signal when its parent ends.

    The parent is the thread that started it. Lost whenever the user id changes.
    """
    prctl(_PR_SET_PDEATHSIG, signal_number, what="PR_SET_PDEATHSIG")


def adopt_orphans() -> None:
    """Adopt every descendant whose own parent ends. So none leaves the tree."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1, what="PR_SET_CHILD_SUBREAPER")


def let_others_look(allowed: bool) -> None:
    """Let others look into this process, or not.

    Others are its user's processes; they look into its memory and descriptors.
    """
    prctl(_PR_SET_DUMPABLE, int(allowed), what="PR_SET_DUMPABLE")


def no_new_privileges() -> None:
    """Make set-user-id programs run as the caller. sudo is among them."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1, what="PR_SET_NO_NEW_PRIVS")


def begin_session_of_keys() -> None:
    """Replace the session's keys by an empty set. Such keys are tickets and the passwords of file systems.

    Where the kernel has no keys, or a container's filter refuses every call about them, there is nothing to leave.
    """
    number = _KEYCTL.get(os.uname().machine)
    if number is not None and library().syscall(number, _KEYCTL_JOIN_SESSION_KEYRING, None) < 0:
        error = refusal("KEYCTL_JOIN_SESSION_KEYRING")
        if error.errno not in (errno.ENOSYS, errno.EPERM):
            raise error


def install_filter(program: bytes) -> None:
    """Install a system call filter, for good. The calls that it refuses fail from now on. Needs `no_new_privileges`.

    Args:
        program: an array of the kernel's `struct sock_filter`, 8 bytes each.
    """
    instructions = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions)))
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header), what="PR_SET_SECCOMP")


def bound_resource(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit of this process. The limit is lower where the system allows no more.

    Args:
        which: one of `resource.RLIMIT_…`.
        soft: the bound.
        hard: up to where the process may raise it itself, the same by default.
    """
    ceiling = resource.getrlimit(which)[1]
    bounds = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        bounds = [min(bound, ceiling) for bound in bounds]
    resource.setrlimit(which, (bounds[0], bounds[1]))
