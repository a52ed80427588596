"""The self-check decides which backend is chosen. Nothing runs unconfined by accident."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.errors import GraderFault, SandboxUnavailable, UsageError
from grader.linux import landlock
from grader.sandbox import BACKENDS, Sandbox, SandboxSpec, choose, registry
from grader.sandbox.backends.bwrap import BwrapBackend
from grader.sandbox.backends.landlock import LandlockBackend
from grader.sandbox.backends.none import NoBackend
from grader.sandbox.base import Backend
from grader.sandbox.place import ANOTHER_PLACE
from grader.sandbox.self_check import failure
from grader.sandbox.staging import stage
from tests.testing.sandbox.stage import Stage


class Absent:
    """A backend that this machine does not have."""

    name = "absent"
    by_name_alone = False
    forks = False

    def unavailable(self) -> str | None:
        return "it is not installed; install it"

    def launch(self, spec: SandboxSpec) -> Sandbox:  # noqa: ARG002
        raise AssertionError("a backend that is not available was started")


class OnRequest(NoBackend):
    """A working backend that is chosen only by its name."""

    name = "on-request"
    by_name_alone = True
    forks = False


class Present(NoBackend):
    """A working backend."""

    name = "present"
    by_name_alone = False
    forks = False


def test_self_check_finds_every_hole() -> None:
    """The self-check names every hole where nothing confines. A check that cannot fail would prove nothing."""
    found = failure(NoBackend())
    assert found is not None
    assert set(found.split("; ")) >= {
        "it reads a file that is not listed",
        "it writes outside its scratch directory",
        "it reaches a listener of this machine",
        "it signals the grader",
    }


@pytest.mark.parametrize("name", ["bwrap", "landlock"])
def test_self_check_passes_where_it_confines(name: str) -> None:
    """The self-check passes where a backend confines. The backend is then chosen by its name."""
    problem = BACKENDS[name]().unavailable()
    if problem is not None:
        pytest.skip(f"{name}: {problem}")
    assert choose(name).name == name


@pytest.mark.skipif(landlock.newest_abi() == 0, reason="this kernel has no Landlock")
@pytest.mark.parametrize("variant", ["landlock-1", "landlock-4", "landlock"])
def test_old_kernels_will_do(stage: Stage, variant: str) -> None:
    """Landlock works on every kernel that has it.

    It does so for ordinary users too; the system call filter does what an old one lacks.
    """
    assert stage.problem(variant) == ""


def _with(monkeypatch: pytest.MonkeyPatch, **backends: type[Backend]) -> None:
    monkeypatch.setattr(registry, "BACKENDS", backends)


def test_auto_takes_the_first_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` takes the strongest backend that works."""
    _with(monkeypatch, absent=Absent, present=Present, second=NoBackend)
    assert choose("auto").name == "present"


def test_auto_never_takes_what_is_only_given_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` never takes a backend chosen only by name.

    It refuses, says why each other one fails, and what would help.
    """
    _with(monkeypatch, absent=Absent, request=OnRequest, none=NoBackend)
    with pytest.raises(SandboxUnavailable, match=r"absent: it is not installed.*bubblewrap.*--sandbox none"):
        choose("auto")
    assert choose("none").name == "none"


def test_a_name_that_does_not_work_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A named backend that fails says why. No other one is taken in its place."""
    _with(monkeypatch, absent=Absent, none=NoBackend)
    with pytest.raises(SandboxUnavailable, match="--sandbox absent does not work here: it is not installed"):
        choose("absent")
    with pytest.raises(UsageError, match="--sandbox other: unknown"):
        choose("other")


def test_who_is_never_taken_unasked() -> None:
    """`auto` never takes `container` or `none`.

    One asks a service with rights of its own, the other confines nothing.
    """
    assert {name for name, make in BACKENDS.items() if make().by_name_alone} == {"container", "none"}


def test_each_backend_goes_by_its_own_name() -> None:
    """Each backend is registered under its own name. So a result names what the command line asks for."""
    assert {name: make().name for name, make in BACKENDS.items()} == {name: name for name in BACKENDS}


def test_a_name_costs_no_import() -> None:
    """Listing the names of backends imports none of them."""
    code = "import sys, grader.sandbox; print([m for m in sys.modules if m.startswith('grader.sandbox.backends')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr


def test_strongest_first() -> None:
    """Backends are registered strongest first, `none` last."""
    names = list(BACKENDS)
    assert names.index("bwrap") < names.index("landlock") < names.index("none") == len(names) - 1


@pytest.mark.parametrize("backend", [LandlockBackend, BwrapBackend, NoBackend])
def test_a_name_that_cannot_be_in_a_list_of_paths(
    backend: type[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colon in the path of temporary files is refused. The message says what to do about it."""
    if problem := backend().unavailable():
        pytest.skip(problem)
    (tmp_path / "a:b").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a:b"))
    assert "set TMPDIR" in (backend().unavailable() or "")


@pytest.mark.parametrize("left", [(64, 0, 0), (10**9, 1000, 3)], ids=["no bytes", "no files"])
def test_a_full_place_for_temporary_files_is_one_line(
    left: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full folder of temporary files is told in one line.

    Nothing is tried before; the line says what is missing, where, and what to do.
    """
    blocks, files, free_files = left
    status = SimpleNamespace(f_bavail=blocks, f_frsize=1024, f_files=files, f_favail=free_files)
    monkeypatch.setattr(os, "statvfs", lambda _: status)
    for name in ("auto", *BACKENDS):
        with pytest.raises(SandboxUnavailable) as refused:
            choose(name)
        said = str(refused.value)
        assert tempfile.gettempdir() in said
        assert "set TMPDIR to another directory" in said
        assert "\n" not in said
        assert len(said) < 200


def test_no_place_for_temporary_files_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any folder for temporary files the choice is refused."""

    def nowhere() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    with pytest.raises(SandboxUnavailable, match=r"No usable temporary directory found.*set TMPDIR"):
        choose("none")


def test_a_place_that_fills_up_later_is_a_fault_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that fills up later is told in one line.

    It names the folder and the way out, not each file that could not be copied.
    """

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "x")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(GraderFault) as fault:
        stage(tmp_path)
    assert str(fault.value) == f"{tmp_path} cannot be filled: No space left on device; {ANOTHER_PLACE}"
