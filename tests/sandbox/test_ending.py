"""Everything in a sandbox ends with it. No process, file or IPC object is left, whoever ends it."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import pytest

from grader.sandbox.throw_away import UIDS
from tests.testing.sandbox.stage import (
    CONFINING,
    ROOT,
    WITH_LIMITS,
    Stage,
    end,
    kind_of,
    kit,
    processes_with,
    wait_until_none,
)

every = pytest.mark.parametrize("backend", WITH_LIMITS)
confined = pytest.mark.parametrize("backend", CONFINING)

IN_TIME = 10.0
"""Seconds until a process that should have ended counts as left."""

DAEMONS = """
import os, signal, time
def daemon(leave):
    if os.fork():
        return
    if leave:
        os.setsid()
    if os.fork():
        os._exit(0)
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    os.closerange(0, 64)
    os.execv('/bin/sh', ['sh', '-c', 'while :; do sleep 1; done', 'daemon-' + TOKEN])
for leave in (True, False, True):
    daemon(leave)
time.sleep(0.3)
print(os.environ['TMPDIR'])
print('spawned', flush=True)
"""
HOPPING = """
import os
print(os.environ['TMPDIR'])
print('spawned', flush=True)
if os.fork() == 0:
    os.setsid()
    while True:  # never the same process for long
        try:
            if os.fork():
                os._exit(0)
        except OSError:
            pass
import time; time.sleep(60)
"""
STOPPED = """
import os, signal, time
print(os.environ['TMPDIR'])
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
print('spawned', flush=True)
"""
LEADERLESS = """
import ctypes, os, threading, time
def forks():
    while True:
        children = [os.posix_spawn('/bin/sleep', ['sleep', '30'], {}) for _ in range(4)]
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)
print(os.environ['TMPDIR'])
if os.fork() == 0:
    os.setsid()
    threading.Thread(target=time.sleep, args=(60,)).start()
    if SPAWNING:
        threading.Thread(target=forks).start()
    ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)  # exit, of this thread alone
time.sleep(0.3)
print('spawned', flush=True)
"""
HOLD = "import time; time.sleep(60)"
TREES = {
    "daemons": DAEMONS + HOLD,
    "hopping": HOPPING,
    "stopped": STOPPED + HOLD,
    "leaderless": "SPAWNING = False" + LEADERLESS + HOLD,
    "leaderless and forking": "SPAWNING = True" + LEADERLESS + HOLD,
}
"""Programs whose processes are hard to end.

They are daemons, processes that are replaced all the time, a stopped one, and some whose first thread alone has ended.
"""


def scratch_of(printed: str) -> Path:
    """Find the scratch folder that a phase has printed. It is "/tmp" where the sandbox has its own file system."""
    return Path(next(line for line in printed.splitlines() if line.startswith("/")))


def assert_gone(scratch: Path) -> None:
    """Wait until the scratch folder is removed. The last process of a sandbox does that, soon after all others."""
    deadline = time.monotonic() + IN_TIME
    while scratch != Path("/tmp") and scratch.exists():
        assert time.monotonic() < deadline, f"{scratch} is left behind"
        time.sleep(0.02)


@every
@pytest.mark.parametrize("tree", list(TREES))
def test_kill_takes_the_whole_tree(stage: Stage, backend: str, tree: str) -> None:
    """`kill` leaves no process, however processes hide."""
    played = stage.run(backend, [TREES[tree]], until="spawned")
    assert "spawned" in played.out
    assert played.left == []
    assert played.kill_seconds < IN_TIME
    assert played.memory_after == 0


@every
@pytest.mark.parametrize("tree", list(TREES))
def test_the_tree_ends_when_the_grader_is_killed(stage: Stage, backend: str, tree: str) -> None:
    """Killing the grader ends its sandboxes and removes their files.

    It gets SIGKILL, as the out-of-memory killer sends it.
    """
    grader, token = stage.start(backend, [TREES[tree]], until="spawned", hold=True)
    assert grader.stdout is not None
    printed = json.loads(grader.stdout.readline())
    assert "spawned" in printed
    assert len(processes_with(token)) > 1, "nothing was there to end"
    end(grader)
    assert wait_until_none(token, IN_TIME) == []
    assert_gone(scratch_of(printed))


@every
def test_no_daemon_survives_its_phase(stage: Stage, backend: str) -> None:
    """No daemon survives its phase. It was there while the phase ran."""
    grader, token = stage.start(backend, [DAEMONS + HOLD], until="spawned", hold=True)
    assert grader.stdout is not None
    assert "spawned" in json.loads(grader.stdout.readline())
    assert len(processes_with(f"daemon-{token}")) == 3
    end(grader)
    grader, token = stage.start(backend, [DAEMONS, "print('second', flush=True)\n" + HOLD], until="second", hold=True)
    assert grader.stdout is not None
    assert "second" in json.loads(grader.stdout.readline())
    assert processes_with(f"daemon-{token}") == []
    end(grader)
    assert wait_until_none(token, IN_TIME) == []


@every
def test_kill_while_output_floods(stage: Stage, backend: str) -> None:
    """Output that nobody reads does not delay the end."""
    code = "print('spawned', flush=True)\nimport sys\nwhile True: sys.stderr.write('x' * 65536)"
    played = stage.run(backend, [code], until="spawned", read_stderr=False)
    assert played.left == []
    assert played.kill_seconds < IN_TIME


@every
def test_scratch_is_private_and_goes(stage: Stage, backend: str) -> None:
    """The scratch folder is private and goes with its content. No other user may enter it."""
    fill = """
import os
os.makedirs(os.environ['TMPDIR'] + '/left/below')
open(os.environ['TMPDIR'] + '/left/file', 'w').close()
print(os.environ['TMPDIR'], flush=True)
print('spawned', flush=True)
import time; time.sleep(60)
"""
    grader, token = stage.start(backend, [fill], until="spawned", hold=True)
    assert grader.stdout is not None
    scratch = scratch_of(json.loads(grader.stdout.readline()))
    if scratch == Path("/tmp"):
        assert not (scratch / "left").exists()
    else:
        assert scratch.stat().st_mode & 0o77 == 0
    end(grader)
    assert wait_until_none(token, IN_TIME) == []
    assert_gone(scratch)


@pytest.mark.parametrize("backend", [*CONFINING, "none"])
def test_nothing_passes_from_phase_to_phase(stage: Stage, backend: str) -> None:
    """Every phase finds /dev/shm and its scratch folder empty."""
    leave = """
import os
for folder in (os.environ['TMPDIR'], '/dev/shm'):
    try:
        os.makedirs(folder + '/left/below')
        open(folder + '/left/below/file', 'w').close()
        os.symlink('/usr', folder + '/left/link')
        os.mkfifo(folder + '/.pipe')
    except OSError:
        print('closed', folder)
try:
    os.chmod(os.environ['TMPDIR'] + '/left', 0)
except OSError:
    print('closed chmod')
"""
    look = """
import os
for folder in (os.environ['TMPDIR'], '/dev/shm'):
    try:
        assert not {'left', '.pipe'} & set(os.listdir(folder))
    except PermissionError:
        assert folder == '/dev/shm'
"""
    if kind_of(backend) == "none":  # `none` does not promise an empty /dev/shm
        leave, look = (code.replace(", '/dev/shm')", ",)") for code in (leave, look))
        leave = leave.replace("os.chmod", "print")  # an unreadable folder would count as too large
    played = stage.run(backend, [leave, look])
    assert [played.outcome(number) for number in (0, 1)] == ["done", "done"], played.out + played.err
    assert not Path("/dev/shm/left").exists()


@confined
def test_nothing_is_left_on_the_directory_itself(stage: Stage, backend: str) -> None:
    """A scratch folder's attributes and times reach no later phase. Nor do its permissions."""
    leave = """
import os
folder = os.environ['TMPDIR']
try:
    os.setxattr(folder, 'user.carried', b'answers')
except OSError:
    print('no attributes')
try:
    os.utime(folder, ns=(1234567890123456789, 987654321987654321))
    os.chmod(folder, 0o1733)
except OSError:
    print('not allowed to')
"""
    look = """
import os
folder = os.environ['TMPDIR']
try:
    assert os.listxattr(folder) == [], os.listxattr(folder)
except OSError:
    pass
status = os.stat(folder)
assert status.st_mtime_ns != 987654321987654321
assert status.st_atime_ns != 1234567890123456789
assert status.st_mode & 0o777 != 0o733, status
open(folder + '/file', 'w').close()
assert 'file' in os.listdir(folder)
"""
    played = stage.run(backend, [leave, look])
    assert [played.outcome(number) for number in (0, 1)] == ["done", "done"], played.out + played.err


@confined
def test_a_phase_in_a_directory_of_another_name(stage: Stage, backend: str) -> None:
    """Readable folders below /tmp are never swept away. Here one has letters in its name that are not ASCII."""
    with tempfile.TemporaryDirectory(prefix="grader-\u00e4 \u0161-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "code").write_text("kept")
        look = f"assert open({str(folder / 'code')!r}).read() == 'kept'"
        played = stage.run(backend, [look, look], readable=[name, str(kit())])
        assert [played.outcome(number) for number in (0, 1)] == ["done", "done"], played.out + played.err
        assert (folder / "code").read_text() == "kept"


@pytest.mark.parametrize("backend", [*CONFINING, "none"])
def test_no_depth_is_too_deep(stage: Stage, backend: str) -> None:
    """Folders nested too deep for a path are no hiding place. They are removed, or found too large."""
    nest = """
import os
os.chdir(os.environ['TMPDIR'])
print(os.environ['TMPDIR'], flush=True)
for _ in range(1500):
    os.mkdir('deep-and-deeper')
    os.chdir('deep-and-deeper')
"""
    look = "import os; assert 'deep-and-deeper' not in os.listdir(os.environ['TMPDIR'])"
    played = stage.run(backend, [nest, look])
    assert played.exceeded == "scratch" or played.outcome(1) == "done", played.out + played.err
    assert played.left == []
    assert_gone(scratch_of(played.out))


@confined
def test_no_ipc_object_reaches_the_next_phase(stage: Stage, backend: str) -> None:
    """No System V IPC object reaches the next phase. All phases of a sandbox share one IPC namespace."""
    leave = "import ctypes; assert ctypes.CDLL(None).msgget(42, 0o1666) >= 0"
    look = "import ctypes; assert ctypes.CDLL(None).msgget(42, 0o666) >= 0"
    control = stage.unconfined([leave + "; ctypes.CDLL(None).msgctl(ctypes.CDLL(None).msgget(42, 0), 0, None)"])
    assert control.outcome(0) == "done"
    assert stage.run(backend, [leave, look]).outcome(1).startswith("refused AssertionError")


@confined
def test_no_ipc_object_outlives_it(stage: Stage, backend: str) -> None:
    """No System V IPC object outlives its sandbox. Queues, semaphores and segments belong to no process."""
    code = """
import ctypes
libc = ctypes.CDLL(None)
print([libc.msgget(KEY, 0o1600), libc.semget(KEY, 1, 0o1600), libc.shmget(KEY, 4096, 0o1600)])
"""
    key = 0x6772_0000 + stage.user.uid % 0x1_0000
    stage.run(backend, [f"KEY = {key}" + code])
    for kind in ("msg", "sem", "shm"):
        lines = Path("/proc/sysvipc", kind).read_text().splitlines()[1:]
        assert key not in [int(line.split()[0]) for line in lines]


@confined
def test_root_gives_itself_up(stage: Stage, backend: str) -> None:
    """Nobody is root inside a sandbox. Root's sandboxes run as a user that owns nothing."""
    played = stage.run(backend, ["import os; print('ids', *os.getresuid(), *os.getresgid(), *os.getgroups())"])
    printed = next(line for line in played.out.splitlines() if line.startswith("ids"))
    ids = {int(word) for word in printed.split()[1:]}
    if stage.user.name == ROOT:
        assert len(ids) == 1
        assert ids <= set(UIDS)
    elif kind_of(backend) == "bwrap":
        assert ids <= {1000, 65534}  # 65534 stands for groups that the namespace does not know
    else:
        assert 0 not in ids
