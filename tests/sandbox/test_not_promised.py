"""The weaker backends let through what SECURITY.md says. It claims no more and no less."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import uuid

import pytest

from tests.testing.sandbox import attacks
from tests.testing.sandbox.stage import ROOT, Played, Stage

NAMESPACES = ["bwrap", "container"]
FAMILIES = {
    "reading": attacks.READING,
    "writing": attacks.WRITING,
    "network": attacks.NETWORK,
    "processes": attacks.PROCESSES,
    "privileges": attacks.PRIVILEGES,
    "views": attacks.VIEWS,
    "tables": attacks.TABLES,
    "signals": attacks.SIGNALS,
}


@functools.cache
def in_none(stage: Stage) -> Played:
    """Run all attacks without confinement."""
    return stage.run("none", [code for family in FAMILIES.values() for code in family.values()])


@pytest.mark.parametrize("family", list(FAMILIES))
def test_none_keeps_nobody_in(stage: Stage, family: str) -> None:
    """In `none` attacks of every family succeed. It is for code that is trusted."""
    names = [name for family in FAMILIES.values() for name in family]
    done = {name for number, name in enumerate(names) if in_none(stage).outcome(number) == "done"}
    assert done & set(FAMILIES[family])


def test_none_leaves_the_worker_open_to_root(stage: Stage) -> None:
    """In `none` a phase of root can read the worker. One of an ordinary user cannot read its memory."""
    played = stage.run("none", [attacks.WORKER["read_the_workers_memory"]])
    assert played.outcome(0).startswith("done" if stage.user.name == "root" else "refused")


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_which_files_exist(stage: Stage, backend: str) -> None:
    """Only namespaces hide that a file exists, and its size. Landlock hides what is in it."""
    played = stage.run(backend, ["import os; assert os.stat(HOME_FILE).st_size == len(SECRET)"])
    assert played.outcome(0).startswith("refused FileNotFoundError" if backend in NAMESPACES else "done")


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_which_processes_exist(stage: Stage, backend: str) -> None:
    """Only namespaces hide which process ids are taken. Elsewhere the refusal to send a signal tells."""
    code = """
import os
try:
    os.kill(OUTSIDER, 0)
except PermissionError:
    pass
"""
    played = stage.run(backend, [code])
    assert played.outcome(0).startswith("refused ProcessLookupError" if backend in NAMESPACES else "done")


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_whose_a_process_is(stage: Stage, backend: str) -> None:
    """Only namespaces hide whose a process is. Elsewhere the owner of its folder in /proc tells."""
    played = stage.run(backend, ["import os; os.stat(f'/proc/{OUTSIDER}').st_uid"])
    assert played.outcome(0).startswith("refused FileNotFoundError" if backend in NAMESPACES else "done")


@pytest.mark.parametrize("backend", ["container"])
def test_the_kernels_tables(stage: Stage, backend: str) -> None:
    """An engine leaves the kernel's command line readable.

    It closes the tables that have been found to be dangerous.
    """
    assert stage.run(backend, [attacks.TABLES["read_the_kernels_command_line"]]).outcome(0) == "done"


@pytest.mark.parametrize("backend", ["none"])
def test_shared_memory_directory(stage: Stage, backend: str) -> None:
    """`none` has the machine's own /dev/shm, where files stay."""
    played = stage.run(backend, ["open('/dev/shm/' + TOKEN, 'w').close()", "import os; os.unlink('/dev/shm/' + TOKEN)"])
    assert [played.outcome(number) for number in (0, 1)] == ["done", "done"]


BUSY = "assert int(open('/proc/loadavg').read().split()[3].partition('/')[2]) > 24  # threads of the whole machine"


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_how_busy_the_machine_is(stage: Stage, backend: str) -> None:
    """Every backend shows how busy the machine is. Whoever makes it busy in a rhythm can be understood."""
    assert stage.run(backend, [BUSY]).outcome(0) == "done"


DROP = """
import os
file = os.open(VISIBLE_FILE, os.O_RDONLY)
os.fsync(file)
os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
"""
FETCHED = """
import os, resource
before = resource.getrusage(resource.RUSAGE_SELF).ru_inblock
os.pread(os.open(VISIBLE_FILE, os.O_RDONLY), 1, 0)
assert resource.getrusage(resource.RUSAGE_SELF).ru_inblock > before
"""


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "none"])
def test_what_is_in_the_page_cache(stage: Stage, backend: str) -> None:
    """The page cache carries information between sandboxes.

    A phase sees whether a page of a file had to be fetched, and can decide whether the next one has to be.
    """
    control = stage.unconfined([DROP, FETCHED, FETCHED])
    if [control.outcome(number).partition(" ")[0] for number in range(3)] != ["done", "done", "refused"]:
        pytest.skip("here no file is fetched from a disk")
    played = stage.run(backend, [DROP, FETCHED, FETCHED])
    assert [played.outcome(number).partition(" ")[0] for number in range(3)] == ["done", "done", "refused"], played.out


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_when_a_file_was_read(stage: Stage, backend: str) -> None:
    """Reading a file leaves its time where others can read it. On a mount that is read-only it does not."""
    left = {}
    for place in ("without", backend):
        path = stage.folder / "package/visible" / f"read-{uuid.uuid4().hex}"
        path.write_text("read me")
        path.chmod(0o644)
        os.utime(path, (0, 1))
        code = f"open({str(path)!r}).read()"
        played = stage.unconfined([code]) if place == "without" else stage.run(place, [code])
        assert played.outcome(0) == "done"
        left[place] = path.stat().st_atime > 0
        path.unlink()
    if not left["without"]:
        pytest.skip("here no file keeps the time when it was read")
    assert left[backend] == (backend not in NAMESPACES)


FILL_PIPES = """
import fcntl, os, sys
pipes = []
try:
    while len(pipes) < 1000:
        pipes.append(os.pipe())
        fcntl.fcntl(pipes[-1][1], 1031, 1 << 20)  # F_SETPIPE_SZ
except PermissionError:
    print("full", flush=True)
    sys.stdin.read()
"""
FIND_THEM_FULL = """
import fcntl, os
try:
    fcntl.fcntl(os.pipe()[1], 1031, 1 << 20)
except PermissionError:
    pass
else:
    raise AssertionError('there is room')
"""


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "none"])
def test_what_the_kernel_counts_for_a_user(stage: Stage, backend: str) -> None:
    """An ordinary user's sandboxes share the bound on pipe pages. Those of root do not."""
    if stage.user.name == ROOT:
        assert backend == "none" or stage.run(backend, [FIND_THEM_FULL]).outcome(0).startswith("refused AssertionError")
        return
    command = [stage.user.python, "-S", "-c", FILL_PIPES]
    outside = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", **stage.user.ids())
    with outside, contextlib.ExitStack() as end:
        end.callback(outside.kill)
        assert outside.stdout is not None
        if outside.stdout.readline() != b"full\n":
            pytest.skip("here a user's pipes are not bounded")
        assert stage.run(backend, [FIND_THEM_FULL]).outcome(0) == "done"


EXCLUDED = """
import fcntl, os
path = os.environ['TMPDIR'] + '/lock'
fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
try:
    fcntl.flock(os.open(path, os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    pass
else:
    raise AssertionError('nobody is excluded')
"""


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_locks_exclude(stage: Stage, backend: str) -> None:
    """A lock on one's own file is granted to everybody. It excludes nobody in a sandbox."""
    played = stage.run(backend, [EXCLUDED])
    assert played.outcome(0).startswith("done" if backend == "none" else "refused AssertionError: nobody is excluded")
