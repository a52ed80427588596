"""The grader reads what the machine leaves it. Stand-ins take the place of the kernel's files and the card's driver."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.schedule import machine
from grader.schedule.machine import UNKNOWN_CARD, Card, memory_bytes, parse_cards, processors, read_card, read_machine

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
MEMINFO = "MemTotal:       32768000 kB\nMemFree:         1000000 kB\nMemAvailable:   16384000 kB\n"
AVAILABLE = 16384000 * KIB
SECOND = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
FIRST = (
    "33 32 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "34 32 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)
DOCKER = FIRST.replace(" / /sys", " /docker/abc /sys")


@pytest.fixture(autouse=True)
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process use eight processors."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


def tree(root: Path, groups: str, mounts: str, **files: str) -> Path:
    """Make a root folder with the kernel's files.

    The names of `files` are paths below sys/fs/cgroup, with `__` for a slash and `_DOT_` for a dot.
    """
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(MEMINFO)
    (root / "proc/self/cgroup").write_text(groups)
    (root / "proc/self/mountinfo").write_text(f"24 1 8:1 / / rw,relatime - ext4 /dev/root rw\n{mounts}")
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def test_without_groups_the_machine_decides(tmp_path: Path) -> None:
    """Without control groups the machine's processors and memory count. They are those that this process may use."""
    root = tree(tmp_path, "", "")
    assert (processors(root), memory_bytes(root)) == (8, AVAILABLE)


def test_without_any_file_nothing_is_known_of_memory(tmp_path: Path) -> None:
    """Without the kernel's files nothing is known of memory. So it is on other systems than Linux."""
    assert (processors(tmp_path), memory_bytes(tmp_path)) == (8, None)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 1), ("50000 100000", 1), ("1600000 100000", 8)],
)
def test_a_quota_of_version_2(quota: str, expected: int, tmp_path: Path) -> None:
    """A quota of version 2 counts in whole processors. There is always at least one."""
    root = tree(tmp_path, "0::/\n", SECOND, cpu_DOT_max=quota)
    assert processors(root) == expected


def test_the_tightest_group_above_counts(tmp_path: Path) -> None:
    """The tightest of all groups above counts. A runner may be bounded where its service is."""
    root = tree(
        tmp_path,
        "0::/service/runner/job\n",
        SECOND,
        service__runner__job__cpu_DOT_max="max 100000",
        service__runner__cpu_DOT_max="300000 100000",
        service__cpu_DOT_max="600000 100000",
        service__runner__job__memory_DOT_max="max",
        service__memory_DOT_max=str(6 * GIB),
        service__memory_DOT_current=str(3 * GIB),
        service__memory_DOT_stat=f"anon 5\ninactive_file {GIB}\nactive_file 7",
    )
    assert processors(root) == 3
    assert memory_bytes(root) == 4 * GIB


def test_version_1(tmp_path: Path) -> None:
    """In version 1 each controller has its own tree. It has another word for no bound."""
    root = tree(
        tmp_path,
        "5:cpu,cpuacct:/slice\n4:memory:/slice\n1:name=systemd:/\n",
        FIRST,
        **{
            "cpu,cpuacct__slice__cpu_DOT_cfs_quota_us": "400000",
            "cpu,cpuacct__slice__cpu_DOT_cfs_period_us": "100000",
            "cpu,cpuacct__cpu_DOT_cfs_quota_us": "-1",
            "cpu,cpuacct__cpu_DOT_cfs_period_us": "100000",
            "memory__slice__memory_DOT_limit_in_bytes": str(2 * GIB),
            "memory__slice__memory_DOT_usage_in_bytes": str(GIB),
            "memory__slice__memory_DOT_stat": f"total_inactive_file {512 * MIB}",
            "memory__memory_DOT_limit_in_bytes": "9223372036854771712",
        },
    )
    assert processors(root) == 4
    assert memory_bytes(root) == 3 * GIB // 2


def test_a_container_of_version_1_sees_its_own_group_at_the_mount(tmp_path: Path) -> None:
    """A container of version 1 finds its group at the mount.

    The host's name for the group is the root of what is mounted.
    """
    root = tree(
        tmp_path,
        "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n",
        DOCKER,
        **{
            "cpu,cpuacct__cpu_DOT_cfs_quota_us": "200000",
            "cpu,cpuacct__cpu_DOT_cfs_period_us": "100000",
            "memory__memory_DOT_limit_in_bytes": str(GIB),
        },
    )
    assert (processors(root), memory_bytes(root)) == (2, GIB)


def test_a_group_outside_of_what_is_mounted(tmp_path: Path) -> None:
    """A group outside the mount has the mount's bounds. So it looks from within a namespace."""
    root = tree(tmp_path, "0::/../../elsewhere\n", SECOND, cpu_DOT_max="200000 100000")
    assert processors(root) == 2


def test_more_taken_than_allowed_leaves_nothing(tmp_path: Path) -> None:
    """More memory taken than allowed leaves 0, nothing negative."""
    root = tree(tmp_path, "0::/\n", SECOND, memory_DOT_max=str(GIB), memory_DOT_current=str(2 * GIB))
    assert memory_bytes(root) == 0


def test_this_machine_can_be_read() -> None:
    """The machine of these tests can be read. It has a processor, and on Linux its memory is known."""
    found = read_machine()
    assert found.processors >= 1
    assert found.card is None
    if Path("/proc/meminfo").exists():
        assert found.memory_bytes is not None
        assert found.memory_bytes > 0


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("81559, 80995\n", Card(81559 * MIB, 80995 * MIB)),
        ("24576, 23000\n24576, 1000\n", Card(24576 * MIB, 1000 * MIB)),
        ("", None),
        ("[N/A], [N/A]\n", None),
        ("0, 0\n", None),
        ("No devices were found\n", None),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", None),
    ],
)
def test_what_the_driver_says(text: str, card: Card | None) -> None:
    """Of several cards the fullest counts. Other output of the driver means no card."""
    assert parse_cards(text) == card


def _driver(folder: Path, script: str) -> Path:
    folder.mkdir()
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="a script stands in for the driver")
@pytest.mark.parametrize(
    ("script", "card"),
    [
        (
            'test "$*" = "--query-gpu=memory.total,memory.free --format=csv,noheader,nounits" && echo 8192, 8000',
            Card(8192 * MIB, 8000 * MIB),
        ),
        ("echo 8192, 8000; exit 9", None),
    ],
    ids=["answers", "fails"],
)
def test_the_driver_is_asked(script: str, card: Card | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver's program is asked for trainings on a card. If it fails, it is not believed."""
    monkeypatch.setenv("PATH", f"{_driver(tmp_path / 'bin', script)}:{os.environ['PATH']}")
    assert read_card() == card
    assert read_machine("cuda").card == (card or UNKNOWN_CARD)
    assert read_machine("cpu").card is None


def test_without_a_driver_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a driver there is no card, and nothing is asked."""
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert read_card() is None
