"""A control group keeps limits and ends a tree at once. Version 2 is needed; elsewhere these tests are skipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.protocol.limits import Limits
from grader.sandbox import BACKENDS, SandboxSpec, control_group
from grader.sandbox.control_group import ControlGroup, entering, own_group
from grader.sandbox.interpreter import interpreter_folders
from tests.testing.sandbox.stage import MEBIBYTE, ORDINARY_UID, Stage, end, environment, find_user, kit, wait_until_none

SYSTEMD = "25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
VERSION_1 = "31 26 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
HYBRID = f"{VERSION_1}\n32 26 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
CONTAINER = "700 699 0:28 /docker/0f1e /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw"
LIMITS = Limits(memory_bytes=64 * MEBIBYTE, processes=10)
BURST = """
print('before', flush=True)
pages = bytearray(3 << 30)
for offset in range(0, len(pages), 4096):
    pages[offset] = 1
print('after', flush=True)
"""
HOLD = "print('up', flush=True)\nimport time\ntime.sleep(60)"


@pytest.mark.parametrize(
    ("mounts", "groups", "expected"),
    [
        (SYSTEMD, "0::/user.slice/user-1000.slice/x.scope", "/sys/fs/cgroup/user.slice/user-1000.slice/x.scope"),
        (HYBRID, "4:memory:/a\n0::/b", "/sys/fs/cgroup/unified/b"),
        (HYBRID, "4:memory:/a\n0::/", "/sys/fs/cgroup/unified"),
        (CONTAINER, "0::/docker/0f1e", "/sys/fs/cgroup"),
        (VERSION_1, "4:memory:/a", None),
        (SYSTEMD, "4:memory:/a", None),
    ],
    ids=["systemd", "beside version 1", "root", "container", "version 1 alone", "not in one"],
)
def test_the_own_group_is_found(mounts: str, groups: str, expected: str | None) -> None:
    """The folder of one's own control group is found.

    It is made of the place of the mount and the place of the process in it.
    """
    found = own_group(mounts, groups)
    assert (found and str(found)) == expected


@pytest.fixture
def group() -> Iterator[ControlGroup]:
    """Make a control group, where this test run may."""
    made = control_group.make(LIMITS)
    if made is None:
        pytest.skip("this run may make no control group of version 2")
    yield made
    made.end()
    made.remove()


def _has_memory(group: ControlGroup) -> bool:
    return (group.path / "memory.max").exists()


def test_the_limits_are_the_kernels(group: ControlGroup) -> None:
    """The kernel keeps the limits, a little above the watch's. It keeps those for which there are controllers."""
    if not _has_memory(group):
        pytest.skip("the memory controller is not enabled for groups of this run")
    most = LIMITS.memory_bytes + control_group.ABOVE_THE_LIMIT_BYTES
    assert int((group.path / "memory.max").read_text()) == most
    assert (group.path / "memory.oom.group").read_text().strip() == "1"
    assert LIMITS.processes < int((group.path / "pids.max").read_text()) < 2 * LIMITS.processes + 32


def test_one_write_ends_all(group: ControlGroup) -> None:
    """One write ends every process of a group.

    Those that left session and parent are ended too, and the group can be removed.
    """
    code = """
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            break
        os._exit(0)
os.write(1, b'up\\n')
time.sleep(60)
"""
    word = uuid.uuid4().hex
    command = entering(group, [sys.executable, "-c", code, word])
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(4)] == [b"up\n"] * 4
        while len(left := (group.path / "cgroup.procs").read_text().split()) > 4:
            time.sleep(0.01)  # their parents are about to end
        assert len(left) == 4
        if not (group.path / "cgroup.kill").exists():
            pytest.skip("this kernel has no cgroup.kill")
        group.end()
    assert wait_until_none(word, 5) == []
    group.remove()
    assert not group.path.exists()


def test_what_a_killed_grader_has_left_is_removed(group: ControlGroup) -> None:
    """Empty groups of killed graders are removed.

    That is done when the next group is made; a living grader's group stays.
    """
    with subprocess.Popen(["/bin/true"]) as gone:
        pass
    forgotten = group.path.with_name(f"grader-{gone.pid}-0")
    forgotten.mkdir()
    other = control_group.make(LIMITS)
    assert other is not None
    try:
        assert not forgotten.exists()
        assert group.path.exists()
    finally:
        other.remove()


@pytest.mark.parametrize("name", ["bwrap", "landlock", "none"])
@pytest.mark.parametrize("program", [sys.executable, "/no/such/program"], ids=["started", "not started"])
def test_none_is_left(name: str, program: str, group: ControlGroup) -> None:
    """A sandbox removes its group, even after a failed start."""
    backend = BACKENDS[name]()
    if problem := backend.unavailable():
        pytest.skip(f"{name}: {problem}")
    spec = SandboxSpec((str(Path(program).resolve()), "-S", "-c", HOLD), interpreter_folders())
    try:
        sandbox = backend.launch(spec)
    except GraderFault:
        assert program != sys.executable
    else:
        sandbox.stdout.read(1)
        sandbox.kill()
    assert list(group.path.parent.glob(f"grader-{os.getpid()}-*")) == [group.path]


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "none"])
def test_a_burst_of_memory(stage: Stage, backend: str, group: ControlGroup) -> None:
    """A burst of memory is ended by the kernel. It is faster than the watch looks, and is told as too much memory."""
    if not _has_memory(group):
        pytest.skip("the memory controller is not enabled for groups of this run")
    if stage.user.uid != os.getuid():
        pytest.skip("an ordinary user has a group where one is delegated, see below")
    played = stage.run(
        backend,
        [BURST],
        sandbox_limits={"memory_bytes": 128 * MEBIBYTE},
        limits={"memory_bytes": 8 << 30},
        look_every=5.0,
        seconds=120,
    )
    assert "before" in played.out
    assert "after" not in played.out
    assert played.exceeded == "memory"
    assert played.left == []


@pytest.fixture
def delegated(group: ControlGroup) -> Iterator[Path]:
    """Give the ordinary user a group, as systemd does. One for the grader is in it."""
    if os.getuid() != 0:
        pytest.skip("only root can give a group away")
    top = group.path.parent / f"test-{uuid.uuid4().hex}"
    (top / "grader").mkdir(parents=True)
    if _has_memory(group):
        (top / "cgroup.subtree_control").write_text("+memory +pids")
    for path in (
        top,
        top / "cgroup.procs",
        top / "cgroup.subtree_control",
        top / "grader",
        top / "grader/cgroup.procs",
    ):
        os.chown(path, ORDINARY_UID, ORDINARY_UID)
    yield top
    (top / "grader").rmdir()
    for left in top.glob("grader-*"):
        left.rmdir()
    top.rmdir()


@pytest.mark.parametrize("backend", ["bwrap", "landlock"])
def test_an_ordinary_user_uses_what_is_delegated(delegated: Path, backend: str) -> None:
    """An ordinary user gets a group for each sandbox. None is left at the end."""
    user = find_user("user")
    if isinstance(user, str):
        pytest.skip(user)
    made = Stage(user)
    made.build()
    try:
        if problem := made.problem(backend):
            pytest.skip(problem)
        grader, token = made.start(backend, [HOLD], until="up", hold=True, within=delegated / "grader")
        assert grader.stdout is not None
        assert "up" in json.loads(grader.stdout.readline())
        (used,) = delegated.glob("grader-*")
        assert len((used / "cgroup.procs").read_text().split()) >= 2
        end(grader)
        assert wait_until_none(token, 10) == []
        deadline = time.monotonic() + 10
        while used.exists() and backend == "landlock" and time.monotonic() < deadline:
            time.sleep(0.02)  # its monitor removes the group
        # bubblewrap has no monitor for an ordinary user: the next grader removes the empty group
        assert used.exists() == (backend == "bwrap")
    finally:
        made.close()


def test_without_permission_there_is_none() -> None:
    """Without permission there is no group, and no error. The watch keeps the limits."""
    code = "from grader.sandbox.control_group import Limits, make; print(make(Limits()))"
    user = find_user("user")
    if isinstance(user, str):
        pytest.skip(user)
    done = subprocess.run(
        [user.python, "-c", code],
        env=environment(),
        cwd=kit(),
        capture_output=True,
        text=True,
        check=False,
        **user.ids(),
    )
    if "ControlGroup" in done.stdout:
        pytest.skip("the ordinary user of this machine may make groups")
    assert (done.stdout, done.stderr) == ("None\n", "")
