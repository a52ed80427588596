"""Bounds on a submission's processes. Kept on both sides of the trust line."""

from __future__ import annotations

from dataclasses import dataclass

from .bounds import Int

_KIBIBYTE, _MEBIBYTE = 1024, 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one submission's processes may use. The seconds of a phase are given with the phase."""

    memory_bytes: Int = 4096 * _MEBIBYTE
    """Private plus shared memory of all processes together."""
    processes: Int = 96
    """Processes and threads together."""
    scratch_bytes: Int = 512 * _MEBIBYTE
    """Bytes that the private temporary directory may hold. As much again goes to /dev/shm."""
    file_bytes: Int = 512 * _MEBIBYTE
    """One file."""
    open_files: Int = 1024
    """Files that one process may have open."""
    output_bytes: Int = 64 * _KIBIBYTE
    """Bytes of printed output that are kept. More may be printed."""
    network_bytes: Int = 64 * _MEBIBYTE
    """A network that one phase hands to another, packed."""
