"""A failed start says so, and leaves nothing behind. There is neither a process nor a folder."""

from __future__ import annotations

import functools
import os
import signal
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.sandbox import BACKENDS, SandboxSpec, scratch, staging
from grader.sandbox.interpreter import interpreter_folders
from grader.sandbox.running import TreeSandbox
from grader.sandbox.staging import staged
from tests.testing.sandbox.stage import processes_with

MISSING = "/no/such/program"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder for all scratch folders of a test. It holds nothing that stays as long as the grader runs."""
    staged()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_code_is_staged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's code is copied once. That holds where several threads start the first sandboxes."""
    made: list[Path] = []

    def stage(folder: Path) -> None:
        made.append(folder)
        time.sleep(0.05)  # so that the others would come meanwhile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(staging, "stage", stage)
    monkeypatch.setattr(staging, "_made", functools.cache(staging._made.__wrapped__))
    with ThreadPoolExecutor(4) as threads:
        found = {started.result() for started in [threads.submit(staged) for _ in range(4)]}
    assert found == set(made)
    assert len(made) == 1


@pytest.mark.parametrize("name", ["bwrap", "landlock", "none"])
def test_a_program_that_does_not_exist(folder: Path, name: str) -> None:
    """A missing program is named in the fault. That is at the start, or in what the sandbox says while it ends."""
    backend = BACKENDS[name]()
    if problem := backend.unavailable():
        pytest.skip(f"{name}: {problem}")
    try:
        sandbox = backend.launch(SandboxSpec((MISSING,), ()))
    except GraderFault as fault:
        said = str(fault)
    else:
        said = sandbox.stderr.read().decode()
        sandbox.kill()
        assert sandbox.poll() not in (0, None)
    assert MISSING in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["bwrap", "landlock", "none"])
def test_an_interrupted_start(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted start gives its claim back. The interruption comes between the claim and the monitor's start."""
    backend = BACKENDS[name]()
    if problem := backend.unavailable():
        pytest.skip(f"{name}: {problem}")

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    module = sys.modules[type(backend).__module__]
    monkeypatch.setattr(module, "start_monitored", interrupt)
    monkeypatch.setattr(module, "start", interrupt, raising=False)
    with pytest.raises(KeyboardInterrupt):
        backend.launch(SandboxSpec((sys.executable,), interpreter_folders()))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["bwrap", "landlock", "none"])
def test_nothing_stays_of_one_that_ran(folder: Path, name: str) -> None:
    """After `kill` the folder of temporary files is empty. It doesn't matter who runs the grader."""
    backend = BACKENDS[name]()
    if problem := backend.unavailable():
        pytest.skip(f"{name}: {problem}")
    program = str(Path(sys.executable).resolve())
    code = "import os, time; open(os.environ['TMPDIR'] + '/x', 'w').close(); print('up', flush=True); time.sleep(60)"
    sandbox = backend.launch(SandboxSpec((program, "-S", "-c", code), interpreter_folders()))
    assert sandbox.stdout.read(3) == b"up\n"
    sandbox.kill()
    sandbox.kill()
    assert sandbox.memory_bytes() == 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["bwrap", "landlock"])
def test_an_end_is_not_repeated(
    folder: Path, name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending a sandbox twice does not touch the next one. That one may have got the same user."""
    backend = BACKENDS[name]()
    if problem := backend.unavailable():
        pytest.skip(f"{name}: {problem}")
    monkeypatch.setattr("grader.sandbox.throw_away.UIDS", range(61099, 61100))
    monkeypatch.setattr("grader.sandbox.throw_away.CLAIMS", tmp_path_factory.mktemp("claims"))
    here = "print(os.path.exists('work'), flush=True)"
    code = f"import os\nopen('work', 'w').close()\nprint('up', flush=True)\ninput()\n{here}\ninput()"
    spec = SandboxSpec((str(Path(sys.executable).resolve()), "-S", "-c", code), interpreter_folders())
    first = backend.launch(spec)
    first.kill()
    second = backend.launch(spec)
    assert second.stdout.read(3) == b"up\n"
    first.kill()
    second.stdin.write(b"\n")
    assert second.stdout.readline() == b"True\n"
    if os.geteuid() == 0:
        with pytest.raises(GraderFault, match="every throw-away user"):
            backend.launch(spec)
    second.kill()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["bwrap", "landlock", "none"])
def test_the_monitor_is_killed(folder: Path, name: str) -> None:
    """Without its monitor, the grader ends the tree. Nothing of it runs on when `kill` returns."""
    backend = BACKENDS[name]()
    if problem := backend.unavailable():
        pytest.skip(f"{name}: {problem}")
    word = uuid.uuid4().hex
    code = "import os, time\nif os.fork(): time.sleep(0.3)\nelse: os.setsid()\nprint('up', flush=True)\ntime.sleep(60)"
    program = (str(Path(sys.executable).resolve()), "-S", "-c", code, word)
    sandbox = backend.launch(SandboxSpec(program, interpreter_folders()))
    assert [sandbox.stdout.readline() for _ in range(2)] == [b"up\n", b"up\n"]
    assert sandbox.exceeded() is None
    assert len(processes_with(word)) > 1
    assert isinstance(sandbox, TreeSandbox)
    os.kill(sandbox._root.pid, signal.SIGKILL)
    while sandbox.poll() is None:
        time.sleep(0.01)
    sandbox.kill()
    assert processes_with(word) == []
    assert list(folder.iterdir()) == []


def test_two_ends_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that two threads end is removed once. Neither misses what the other has removed."""
    removed, really = list[str](), scratch.remove
    both = threading.Barrier(2)

    def remove(root: str) -> None:
        removed.append(root)
        time.sleep(0.05)  # so that the other would come meanwhile
        really(root)

    monkeypatch.setattr(scratch, "remove", remove)
    program = (str(Path(sys.executable).resolve()), "-S", "-c", "print('up', flush=True)\nimport time\ntime.sleep(60)")
    sandbox = BACKENDS["none"]().launch(SandboxSpec(program, interpreter_folders()))
    assert isinstance(sandbox, TreeSandbox)
    assert sandbox.stdout.read(3) == b"up\n"
    os.kill(sandbox._root.pid, signal.SIGKILL)  # who would have removed the folder

    def end() -> None:
        both.wait()
        sandbox.kill()

    with ThreadPoolExecutor(2) as threads:
        for ended in [threads.submit(end) for _ in range(2)]:
            ended.result()
    assert len(removed) == 1
    assert list(folder.iterdir()) == []


def test_what_cannot_be_ended_keeps_its_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree that does not end in time is a fault. Nothing of it is removed before it has ended."""
    backend = BACKENDS["landlock"]()
    if problem := backend.unavailable():
        pytest.skip(problem)
    monkeypatch.setattr("grader.sandbox.control_group.make", lambda _: None)
    monkeypatch.setattr("grader.sandbox.running._END_SECONDS", 0.5)
    program = (str(Path(sys.executable).resolve()), "-S", "-c", "print('up', flush=True)\nimport time\ntime.sleep(60)")
    sandbox = backend.launch(SandboxSpec(program, interpreter_folders()))
    assert isinstance(sandbox, TreeSandbox)
    assert sandbox.stdout.read(3) == b"up\n"
    os.kill(sandbox._root.pid, signal.SIGSTOP)
    with pytest.raises(GraderFault, match="cannot be ended"):
        sandbox.kill()
    assert list(folder.iterdir()) != []
    os.kill(sandbox._root.pid, signal.SIGCONT)
    monkeypatch.undo()
    sandbox.kill()
    assert list(folder.iterdir()) == []
