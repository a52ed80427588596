"""A start that fails is told as such, and leaves neither a process nor a directory behind."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.sandbox import BACKENDS, SandboxSpec
from grader.sandbox.self_check import interpreter_folders

MISSING = "/no/such/program"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where all scratch directories of this test go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["bwrap", "landlock", "none"])
def test_a_program_that_does_not_exist(folder: Path, name: str) -> None:
    """The fault names the program, at the start or in what the sandbox says while it ends."""
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
    """Whatever comes between the claim of a directory and the start of its monitor gives the claim back."""
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
    """After `kill` the directory of temporary files is as empty as before, whoever runs the grader."""
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
