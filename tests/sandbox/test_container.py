"""The container backend asks its engine for all that confines. Where an engine answers, it is tried with the other
backends too.

Here the engine is a script that writes down what it is asked, and runs the program without any confinement.
"""

from __future__ import annotations

import itertools
import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.protocol.limits import Limits
from grader.sandbox import SandboxSpec
from grader.sandbox.backends.container import EMPTY_IMAGE, IMAGE_VARIABLE, Container, ContainerBackend, arguments
from grader.sandbox.throw_away import CLAIMS

ENGINE = """#!{python} -S
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + chr(10))
asked = sys.argv[1]
if asked in {failing!r}:
    sys.exit("cannot do that here")
if asked == "import":
    sys.stdin.buffer.read()
if asked == "run":
    at = sys.argv.index("--entrypoint")
    given = [sys.argv[i + 1] for i, word in enumerate(sys.argv[:at]) if word == "--env"]
    os.execve(sys.argv[at + 1], [sys.argv[at + 1], *sys.argv[at + 3:]], dict(pair.split("=", 1) for pair in given))
"""
SPEC = SandboxSpec(
    argv=("/opt/python/bin/python", "-c", "pass"),
    readable=(),
    environment={"GIVEN": "1"},
    limits=Limits(memory_bytes=1 << 30, processes=50, scratch_bytes=1 << 20, file_bytes=1 << 19, open_files=99),
)


class Engine:
    """A script called `docker`, and what it has been asked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"

    def install(self, name: str = "docker", failing: tuple[str, ...] = ()) -> None:
        script = self.folder / name
        script.write_text(ENGINE.format(python=sys.executable, log=str(self.log), failing=failing))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    def asked(self, first: str) -> list[list[str]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [words for words in map(json.loads, lines) if words[0] == first]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Make the only folder where an engine can be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(IMAGE_VARIABLE, raising=False)
    return Engine(tmp_path)


def options(tmp_path: Path, engine: str = "docker", spec: SandboxSpec = SPEC) -> list[str]:
    """Return the engine's arguments for `spec`."""
    return arguments(spec, Container("grader-1", engine, "empty:1", 60700, tmp_path))


def pairs(words: list[str]) -> set[tuple[str, str]]:
    """Return neighbouring words, such as options with their values."""
    return set(itertools.pairwise(words))


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_arguments(tmp_path: Path, name: str) -> None:
    """Every option that confines is asked for. The program is the first process."""
    words = options(tmp_path, name)
    assert words[0] == "run"
    assert {"--rm", "--interactive", "--read-only", "--no-healthcheck"} <= set(words)
    assert {
        ("--network", "none"),
        ("--ipc", "private"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--user", "60700:60700"),
        ("--pids-limit", "50"),
        ("--memory", str((1 << 30) + (256 << 20))),
        ("--memory-swap", str((1 << 30) + (256 << 20))),
        ("--ulimit", "fsize=524288:524288"),
        ("--ulimit", "nofile=99:99"),
        ("--ulimit", "core=0:0"),
        ("--shm-size", "1048576"),
        ("--pull", "never"),
        ("--log-driver", "none"),
        ("--env", "GIVEN=1"),
    } <= pairs(words)
    assert words[-5:] == ["--entrypoint", "/opt/python/bin/python", "empty:1", "-c", "pass"]
    assert not {"--privileged", "--pid", "--init", "--gpus", "--device", "--volume", "--cap-add"} & set(words)
    assert "--read-only-tmpfs=false" in words or name == "docker"


def test_everything_bound_is_read_only(tmp_path: Path) -> None:
    """Bound folders are read-only, and hidden ones are covered. What is listed has the same path as outside."""
    hidden, listed = tmp_path / "listed/hidden", tmp_path / "listed"
    hidden.mkdir(parents=True)
    (listed / "secret.toml").write_text("")
    spec = SandboxSpec(SPEC.argv, readable=(listed,), hidden=(hidden, listed / "secret.toml"))
    mounts = [value for option, value in pairs(options(tmp_path, spec=spec)) if option == "--mount"]
    assert all(mount.startswith("type=bind,source=/") and mount.endswith(",readonly") for mount in mounts)
    assert f"type=bind,source={listed},target={listed},readonly" in mounts
    assert f"type=bind,source={tmp_path},target={hidden},readonly" in mounts
    assert f"type=bind,source=/dev/null,target={listed}/secret.toml,readonly" in mounts
    assert not any("source=/," in mount or "docker.sock" in mount or "source=/etc," in mount for mount in mounts)


@pytest.mark.parametrize(
    ("name", "asked"), [("docker", ("--gpus", "all")), ("podman", ("--device", "nvidia.com/gpu=all"))]
)
def test_gpu(tmp_path: Path, name: str, asked: tuple[str, str]) -> None:
    """Graphics cards are asked for only where they are wanted. Each engine has its own option."""
    assert asked in pairs(options(tmp_path, name, SandboxSpec(SPEC.argv, (), gpu=True)))
    assert asked not in pairs(options(tmp_path, name))


def test_a_path_that_is_no_option(tmp_path: Path) -> None:
    """A path with a comma is refused. The comma would begin another option of the mount."""
    folder = tmp_path / "a,readonly=false"
    folder.mkdir()
    with pytest.raises(GraderFault, match="comma"):
        options(tmp_path, spec=SandboxSpec(SPEC.argv, (folder,)))


def test_no_engine(engine: Engine) -> None:
    """Without an engine the message says what to install."""
    assert "install podman, or docker" in (ContainerBackend().unavailable() or "")
    with pytest.raises(GraderFault, match="no container engine"):
        ContainerBackend().launch(SPEC)


def test_engine_that_does_not_answer(engine: Engine) -> None:
    """An engine that does not answer is told in its words. A client without its service is not enough."""
    engine.install(failing=("info",))
    assert ContainerBackend().unavailable() == "docker does not answer: cannot do that here"


def test_the_empty_image_is_made(engine: Engine) -> None:
    """A missing empty image is made from nothing."""
    engine.install(failing=("image",))
    assert ContainerBackend()._find() is None
    assert engine.asked("import") == [["import", "-", EMPTY_IMAGE]]
    engine.install(failing=("image", "import"))
    assert ContainerBackend()._find() == "docker: the empty image cannot be made: cannot do that here"


def test_a_named_image(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that a site names is used as it is. Where it is missing, it is neither fetched nor made."""
    monkeypatch.setenv(IMAGE_VARIABLE, "course:2")
    engine.install(failing=("image",))
    assert "names course:2, which this machine does not have" in (ContainerBackend().unavailable() or "")
    assert engine.asked("import") == []


def test_an_engine_that_does_not_confine(engine: Engine) -> None:
    """An engine that does not confine fails the self-check.

    The self-check runs in the container, and this engine lets everything through. Only the network stays closed, by the
    filter around each phase.
    """
    engine.install()
    problem = ContainerBackend().unavailable() or ""
    assert "it reads a file that is not listed" in problem
    assert "it writes outside its scratch directory" in problem
    assert "it signals the grader" in problem


def echo() -> SandboxSpec:
    """Describe a program that answers one line and waits."""
    code = "import sys; print(sys.stdin.readline().upper(), end='', flush=True); sys.stdin.read()"
    return SandboxSpec((sys.executable, "-S", "-c", code), readable=())


def test_it_runs_and_ends(engine: Engine) -> None:
    """A program runs over its own pipes and ends. The engine ends it, by the container's name."""
    engine.install()
    sandbox = ContainerBackend().launch(echo())
    sandbox.stdin.write(b"hello\n")
    assert sandbox.stdout.readline() == b"HELLO\n"
    assert sandbox.poll() is None
    sandbox.kill()
    sandbox.kill()
    [started], [removed] = engine.asked("run"), engine.asked("rm")
    assert removed == ["rm", "--force", started[started.index("--name") + 1]]
    assert sandbox.poll() is not None
    assert sandbox.memory_bytes() == 0


def test_each_container_has_a_name_and_a_user_of_its_own(engine: Engine) -> None:
    """Each container has its own name and its own user. Both can be used again after the end."""
    engine.install()
    sandboxes = [ContainerBackend().launch(echo()) for _ in range(2)]
    for sandbox in sandboxes:
        sandbox.kill()
    started = engine.asked("run")
    for option in ("--name", "--user"):
        assert len({words[words.index(option) + 1] for words in started}) == 2
    for words in started:
        uid = words[words.index("--user") + 1].partition(":")[0]
        for place in (str(CLAIMS), tempfile.gettempdir()):
            assert not os.path.lexists(f"{place}/grader-sandbox-{uid}")


def test_the_grader_is_killed(engine: Engine) -> None:
    """A container is removed after the grader was killed."""
    engine.install()
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from tests.sandbox.test_container import ContainerBackend, echo\n"
        "sandbox = ContainerBackend().launch(echo())\n"
        "sandbox.stdin.write(b'here\\n'); print(sandbox.stdout.readline(), flush=True); time.sleep(60)"
    )
    root = str(Path(__file__).parents[2])
    grader = subprocess.Popen([sys.executable, "-c", code, root], stdout=subprocess.PIPE, env=dict(os.environ))
    assert grader.stdout is not None
    assert b"HERE" in grader.stdout.readline()
    grader.kill()
    grader.wait()
    grader.stdout.close()
    deadline = time.monotonic() + 10
    while not engine.asked("rm"):
        assert time.monotonic() < deadline, "the container was not removed"
        time.sleep(0.02)
    [started], [removed] = engine.asked("run"), engine.asked("rm")
    assert removed[-1] == started[started.index("--name") + 1]


def test_a_failed_start_leaves_nothing(engine: Engine) -> None:
    """A failed start ends the sandbox with the engine's words."""
    engine.install(failing=("run",))
    sandbox = ContainerBackend().launch(echo())
    assert b"cannot do that here" in sandbox.stderr.read()
    deadline = time.monotonic() + 10
    while sandbox.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sandbox.poll() == 1
    sandbox.kill()
