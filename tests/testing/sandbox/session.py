"""Keep a key in the session of this process. Only processes of that session can see it."""

from __future__ import annotations

import ctypes
import os

_ADD_KEY = {"x86_64": 248, "aarch64": 217}
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_JOIN, _SET_PERMISSIONS = 1, 5
_SESSION_KEYRING = -3
_POSSESSOR_ALONE = 0x3F00_0000


def keep_a_key(description: str) -> None:
    """Begin a session and put a key in it. Nothing happens where the machine has no keys for us."""
    call, machine = ctypes.CDLL(None).syscall, os.uname().machine
    if call(_KEYCTL[machine], _JOIN, None) >= 0:
        key = call(_ADD_KEY[machine], b"user", description.encode(), b"ticket", 6, _SESSION_KEYRING)
        call(_KEYCTL[machine], _SET_PERMISSIONS, key, _POSSESSOR_ALONE)
