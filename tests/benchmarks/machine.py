"""One line that describes the machine being measured."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> float:
    """Memory of this machine in GiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def describe(sandbox: str, rounds: int) -> str:
    """Describe the machine, the sandbox, the rounds and the load.

    Args:
        sandbox: name of the backend.
        rounds: how often each thing is measured.
    """
    return (
        f"{_processor()}, {_cores()} cores, {_memory():.0f} GiB, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, torch {version('torch')}, sandbox {sandbox}; "
        f"{rounds} rounds, load at the beginning {os.getloadavg()[0]:.1f}."
    )
