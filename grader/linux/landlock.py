"""Landlock: rights on files, TCP and signals. The kernel restricts a process and its descendants to them."""

from __future__ import annotations

import os
import stat
import struct

from grader.linux.libc import checked, library

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_VERSION_QUERY = 1
_PATH_BENEATH = 1
_FILE_RIGHTS_UP_TO_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_MAKE_BLOCK_DEVICE = 1 << 11
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_RIGHTS_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_TCP_BIND_AND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_TCP_SINCE_ABI, _SCOPES_SINCE_ABI = 4, 6


def newest_abi() -> int:
    """Return the kernel's version of Landlock. 0 where the kernel offers none."""
    version: int = library().syscall(_CREATE_RULESET, None, 0, _VERSION_QUERY)
    return max(0, version)


def _file_rights(abi: int) -> int:
    """Return the file rights that a version knows. The result is a bit mask."""
    return max(rights for since, rights in _FILE_RIGHTS_UP_TO_ABI.items() if since <= abi)


def _ruleset(abi: int, *, files: int, tcp: int) -> int:
    """Create a ruleset that forbids `files` and `tcp`. Where the kernel knows them it forbids signals to others too."""
    tcp = tcp if abi >= _TCP_SINCE_ABI else 0
    scopes = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= _SCOPES_SINCE_ABI else 0
    size = 24 if abi >= _SCOPES_SINCE_ABI else 16 if abi >= _TCP_SINCE_ABI else 8
    attributes = struct.pack("=QQQ", files, tcp, scopes)
    return checked(library().syscall(_CREATE_RULESET, attributes, size, 0), "landlock_create_ruleset")


def _restrict_self(ruleset: int) -> None:
    """Apply a ruleset to this process, and close it. It holds for good."""
    checked(library().syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, allowed: int) -> None:
    """Add a rule for a path. It says what is `allowed` on the path and all below it."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            allowed &= _RIGHTS_ON_FILES
        if allowed:
            rule = struct.pack("=Qi", allowed, descriptor)
            checked(library().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
    finally:
        os.close(descriptor)


def restrict_files(rights: dict[str, int | None], abi: int) -> None:
    """Restrict this process to the named paths.

    Its descendants are restricted too; there is no TCP and no signal to others.

    Args:
        rights: by path, what is allowed on it and all below it: `EXECUTE`, …, or None for everything.
        abi: the version of Landlock to use, at most the kernel's. TCP needs 4, signals need 6.

    Raises:
        OSError: the kernel refuses, or a path does not exist.
    """
    handled = _file_rights(abi)
    ruleset = _ruleset(abi, files=handled, tcp=_TCP_BIND_AND_CONNECT)
    for path, allowed in rights.items():
        _allow(ruleset, path, handled if allowed is None else allowed & handled)
    _restrict_self(ruleset)


def enter_layer(abi: int) -> None:
    """Enter a Landlock domain below the parent's.

    The process can then be neither signalled nor traced, nor looked into.

    A layer has to forbid something; before version 6, which knows signals, that is to make block devices.

    Args:
        abi: the version of Landlock to use, at most the kernel's.

    Raises:
        OSError: the kernel refuses.
    """
    _restrict_self(_ruleset(abi, files=_MAKE_BLOCK_DEVICE, tcp=0))
