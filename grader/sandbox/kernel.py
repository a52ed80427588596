"""The calls of Linux that Python has no name for: prctl, seccomp, capabilities and Landlock.

Used before the sandboxed program is executed, by a process of ours that confines itself. Everything here raises OSError
when the kernel refuses: a confinement that failed must never look like one that holds.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 8, 22, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 36, 38, 47
_PR_CAP_AMBIENT_RAISE = 2
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUERY = 1
_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FILE_RIGHTS_UP_TO_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_RIGHTS_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_TCP_BIND_AND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _prctl(option: int, *arguments: int, what: str) -> None:
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc.prctl(option, *padded), what)


def die_with_parent(signal_number: int) -> None:
    """Be sent a signal when the thread that started this process ends. Lost whenever the user id changes."""
    _prctl(_PR_SET_PDEATHSIG, signal_number, what="PR_SET_PDEATHSIG")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none leaves the tree."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, what="PR_SET_CHILD_SUBREAPER")


def no_new_privileges() -> None:
    """Make set-user-id programs, sudo among them, run as the caller."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, what="PR_SET_NO_NEW_PRIVS")


def install_filter(program: bytes) -> None:
    """Refuse the calls that `program` refuses (see `seccomp`), for good. Needs `no_new_privileges`."""
    instructions = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions)))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header), what="PR_SET_SECCOMP")


def effective_capabilities() -> int:
    """The capabilities this process may use now, as a bit mask."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would double the start-up time
        line = next(line for line in status if line.startswith("CapEff:"))
    return int(line.split()[1], 16)


def _set_capabilities(mask: int) -> None:
    header = struct.pack("=II", _CAPABILITY_VERSION_3, 0)
    low, high = mask & 0xFFFF_FFFF, mask >> 32
    data = struct.pack("=6I", low, low, low, high, high, high)
    _checked(_libc.syscall(_CAPSET[os.uname().machine], header, data), "capset")


def _drop_bounding_set(kept: int) -> None:
    for capability in range(64):
        if kept & 1 << capability:
            continue
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), *[ctypes.c_ulong(0)] * 3) < 0:
            number = ctypes.get_errno()
            if number == errno.EINVAL:
                return  # past the last capability of this kernel
            if number != errno.EPERM:
                raise OSError(number, f"PR_CAPBSET_DROP: {os.strerror(number)}")
            return  # not ours to drop, nor needed: `no_new_privileges` keeps programs from gaining any


def become(uid: int, *, keep_capability: int | None = None) -> None:
    """Give up root for user and group `uid`, with no other group and no capability.

    Args:
        uid: user and group id.
        keep_capability: the one capability that survives this and the execution of a program, where one is needed.
    """
    kept = 0 if keep_capability is None else 1 << keep_capability
    _drop_bounding_set(kept)
    if kept:
        _prctl(_PR_SET_KEEPCAPS, 1, what="PR_SET_KEEPCAPS")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _set_capabilities(kept)
    if keep_capability is not None:
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, keep_capability, what="PR_CAP_AMBIENT_RAISE")


def landlock_abi() -> int:
    """The version of Landlock that the kernel offers, 0 where it offers none."""
    version: int = _libc.syscall(_CREATE_RULESET, None, 0, _VERSION_QUERY)
    return max(0, version)


def _file_rights(abi: int) -> int:
    return max(rights for since, rights in _FILE_RIGHTS_UP_TO_ABI.items() if since <= abi)


def restrict_files(rights: dict[str, int | None], abi: int) -> None:
    """Leave this process and its descendants access to the named paths alone, no TCP and no signals to others.

    Args:
        rights: by path, what is allowed on it and all below it: `EXECUTE`, …, or None for everything.
        abi: the version of Landlock to use, at most the kernel's. TCP needs 4, signals need 6.

    Raises:
        OSError: the kernel refuses, or a path does not exist.
    """
    handled = _file_rights(abi)
    attributes = struct.pack(
        "=QQQ",
        handled,
        _TCP_BIND_AND_CONNECT if abi >= 4 else 0,
        _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0,
    )
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _checked(_libc.syscall(_CREATE_RULESET, attributes, size, 0), "landlock_create_ruleset")
    for path, allowed in rights.items():
        _allow(ruleset, path, handled if allowed is None else allowed & handled)
    _checked(_libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, allowed: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            allowed &= _RIGHTS_ON_FILES
        if allowed:
            rule = struct.pack("=Qi", allowed, descriptor)
            _checked(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
    finally:
        os.close(descriptor)
