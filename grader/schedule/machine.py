"""Processors, memory and card available to the grader.

A container or a CI runner is given less than its machine has: by the processors that a process may use, and by the
bounds of its control group and of all groups above it. Only what a command may really use counts.

References: https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max, memory.max),
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, https://docs.kernel.org/scheduler/sched-bwc.html.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_KIBIBYTE, _MEBIBYTE = 1024, 1024 * 1024
_ROOT = Path("/")
_QUERY = ("--query-gpu=memory.total,memory.free", "--format=csv,noheader,nounits")
_QUERY_SECONDS = 20


@dataclass(frozen=True)
class Card:
    """The memory of a graphics card, in bytes. It has all of the memory, and what nobody uses now."""

    total_bytes: int
    free_bytes: int


UNKNOWN_CARD = Card(0, 0)
"""A card whose driver does not report its memory. Nothing of it is promised to anybody."""


@dataclass(frozen=True)
class Machine:
    """The resources that may be used.

    Args:
        processors: at least 1.
        memory_bytes: what is available now; None where the system does not say.
        card: None where none is used.
    """

    processors: int
    memory_bytes: int | None = None
    card: Card | None = None


def _text(path: Path) -> str:
    """Read a kernel file; "" where it cannot be."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    """Read the number in a kernel file. None where it holds none ("max", "-1" for no bound)."""
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None


def _within(point: Path, root: str, path: str) -> Iterator[Path]:
    """Yield the folder of a control group and its parents.

    The group is `path`, below the mount `point` of `root`.
    """
    inside = os.path.relpath(path, root)
    folder = point if inside.startswith("..") else point / inside
    yield folder
    while folder != point:
        folder = folder.parent
        yield folder


def group_folders(controller: str, root: Path = _ROOT) -> Iterator[tuple[int, Path]]:
    """Yield the control groups that bound this process.

    Each has its version (1 or 2) and its folder; its own group comes first.

    Args:
        controller: "cpu" or "memory".
        root: where `proc` and `sys` are.
    """
    groups = dict(line.split(":", 2)[1:] for line in _text(root / "proc/self/cgroup").splitlines() if ":" in line)
    first_version = {name: path for names, path in groups.items() for name in names.split(",") if name}
    for line in _text(root / "proc/self/mountinfo").splitlines():
        about, _, kind = line.partition(" - ")
        mount_root, point = about.split()[3:5]
        kind_name, *_, options = kind.split()
        if kind_name == "cgroup2" and "" in groups:
            version, path = 2, groups[""]
        elif kind_name == "cgroup" and controller in options.split(",") and controller in first_version:
            version, path = 1, first_version[controller]
        else:
            continue
        for folder in _within(root / point.lstrip("/"), mount_root, path):
            yield version, folder


def _quota(version: int, folder: Path) -> float | None:
    """Return how many processors a group may use. None for any number."""
    if version == 1:
        quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        return quota / period if quota and period else None
    found = re.match(r"(\d+) (\d+)", _text(folder / "cpu.max"))
    return int(found[1]) / int(found[2]) if found and int(found[2]) else None


def _room(version: int, folder: Path) -> int | None:
    """Return how many bytes a group may still take. None for any number; cached files that nobody uses make room."""
    bound, used, cached = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        2: ("memory.max", "memory.current", "inactive_file"),
    }[version]
    most = _number(folder / bound)
    if most is None:
        return None
    found = re.search(rf"^{cached} (\d+)$", _text(folder / "memory.stat"), re.MULTILINE)
    return max(0, most - (_number(folder / used) or 0) + (int(found[1]) if found else 0))


def processors(root: Path = _ROOT) -> int:
    """Return how many processors this process can use. The result is at least 1.

    A part of a processor is not counted: what trains on a part of one takes as much longer, and has the same limit.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [_quota(version, folder) for version, folder in group_folders("cpu", root)]
    return max(1, min([affinity, *(int(quota) for quota in quotas if quota is not None)]))


def memory_bytes(root: Path = _ROOT) -> int | None:
    """Return the memory still available, in bytes.

    It is for this process and its children; None where the system does not say.
    """
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", _text(root / "proc/meminfo"), re.MULTILINE)
    rooms = [_room(version, folder) for version, folder in group_folders("memory", root)]
    known = [room for room in rooms if room is not None] + ([int(found[1]) * _KIBIBYTE] if found else [])
    return min(known, default=None)


def parse_cards(text: str) -> Card | None:
    """Return the card with the least free memory. `nvidia-smi` lists the cards; None where it lists none.

    A training takes the first card, which CUDA and the driver count in different orders: the least is safe.

    Args:
        text: a line for each card, "total, free" in MiB.
    """
    cards = [
        Card(int(total) * _MEBIBYTE, int(free) * _MEBIBYTE)
        for total, free in re.findall(r"^\s*(\d+)\s*,\s*(\d+)\s*$", text, re.MULTILINE)
        if int(total) > 0
    ]
    return min(cards, key=lambda card: card.free_bytes, default=None)


def read_card() -> Card | None:
    """Read the card's memory from its driver. None where it does not tell."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run([program, *_QUERY], capture_output=True, text=True, timeout=_QUERY_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_cards(done.stdout)


def read_machine(device: str = "cpu", root: Path = _ROOT) -> Machine:
    """Return what trainings on `device` may use. It is "cpu" or "cuda"."""
    card = (read_card() or UNKNOWN_CARD) if device == "cuda" else None
    return Machine(processors(root), memory_bytes(root), card)
