"""Linux capabilities: root's rights one by one. This module gives them up."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from grader.linux.libc import checked, library, prctl, refusal

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE = 1, 2, 19

_PR_SET_KEEPCAPS, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT = 8, 24, 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}


def effective_capabilities() -> int:
    """Return this process's current capabilities, as a bit mask."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would double the start-up time
        line = next(line for line in status if line.startswith("CapEff:"))
    return int(line.split()[1], 16)


def _set_capabilities(mask: int) -> None:
    """Set all three capability sets of this process to `mask`."""
    header = struct.pack("=II", _CAPABILITY_VERSION_3, 0)
    low, high = mask & 0xFFFF_FFFF, mask >> 32
    data = struct.pack("=6I", low, low, low, high, high, high)
    checked(library().syscall(_CAPSET[os.uname().machine], header, data), "capset")


def _drop_bounding_set(kept: int) -> None:
    """Keep programs from gaining capabilities outside `kept`. `kept` is a bit mask."""
    for capability in range(64):
        if kept & 1 << capability:
            continue
        if library().prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), *[ctypes.c_ulong(0)] * 3) < 0:
            error = refusal("PR_CAPBSET_DROP")
            if error.errno == errno.EINVAL:
                return  # past the last capability of this kernel
            if error.errno != errno.EPERM:
                raise error
            return  # not ours to drop, nor needed: `no_new_privileges` keeps programs from gaining any


def give_up() -> None:
    """Give up every capability, and keep the user. This cannot be undone."""
    _drop_bounding_set(0)
    _set_capabilities(0)


def become(uid: int, *, keep_capability: int | None = None) -> None:
    """Give up root for user and group `uid`. The process has no other group and no capability then.

    Args:
        uid: user and group id.
        keep_capability: the one capability that survives this and the execution of a program, where one is needed.
    """
    kept = 0 if keep_capability is None else 1 << keep_capability
    _drop_bounding_set(kept)
    if kept:
        prctl(_PR_SET_KEEPCAPS, 1, what="PR_SET_KEEPCAPS")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _set_capabilities(kept)
    if keep_capability is not None:
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, keep_capability, what="PR_CAP_AMBIENT_RAISE")
