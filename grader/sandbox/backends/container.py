"""Docker or Podman: a backend taken only by name.

The engine makes the namespaces, the control group and the file system.

What the container holds
------------------------
This machine's own programs: the system's directories, the interpreter and its packages are bound, read-only, where they
are outside. So the interpreter meets the C library it was built for, the versions in a result are those of the grader's
environment, and nothing has to be built or fetched. The image below them is empty but for /tmp; where the engine does
not have it yet, the backend makes it, without any network. A site that must use an image of its own names it in
GRADER_CONTAINER_IMAGE: any will do that the engine already has, for what is bound covers its programs.

What the engine is asked for
----------------------------
No network, no capability, no new privileges, a read-only root, a throw-away user that no other sandbox has, bounds on
memory and processes, no log on disk (a flood of output would fill it), no health check or other process beside the
program, which is itself the first one. The system call filter is the engine's own around the worker and ours around
each phase's child. On systems with SELinux its labels are switched off for the container, because binding the machine's
programs would otherwise mean to relabel them.

The processes are no descendants of ours: an engine with a service starts them elsewhere. So the end goes through the
engine as well, `rm --force`, and it is the monitor that says so: after the program, at `kill`, and when the grader is
gone. What the container uses is read from /proc where the engine runs on this kernel; in a virtual machine, as on
macOS, the container's bound on memory is the only one.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import subprocess
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import GraderFault
from grader.protocol.confinement import Confinement
from grader.sandbox import process_tree, seccomp, self_check, throw_away, visible
from grader.sandbox.base import Sandbox, SandboxSpec
from grader.sandbox.control_group import ABOVE_THE_LIMIT_BYTES
from grader.sandbox.order import Order
from grader.sandbox.running import Processes, start_monitored

IMAGE_VARIABLE = "GRADER_CONTAINER_IMAGE"
EMPTY_IMAGE = "perceptron-grader-empty:1"
ENGINES = ("podman", "docker")
_ANSWERS_WITHIN_SECONDS = 60.0
_LOOK_AGAIN_AFTER_SECONDS = 0.5
_SCRATCH = ("/tmp", "/dev/shm")  # noqa: S108 - the container's own
_ENGINES_NEED = """
    PATH HOME USER LANG TMPDIR XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME DBUS_SESSION_BUS_ADDRESS DOCKER_HOST
    DOCKER_CONTEXT DOCKER_CONFIG DOCKER_CERT_PATH DOCKER_TLS_VERIFY CONTAINER_HOST CONTAINERS_CONF
    CONTAINERS_STORAGE_CONF
""".split()
_REMOVE = {"podman": ("rm", "--force", "--time", "0"), "docker": ("rm", "--force")}
_GPU = {"podman": ("--device", "nvidia.com/gpu=all"), "docker": ("--gpus", "all")}
_OF_ONE_ENGINE = {"podman": ("--read-only-tmpfs=false", "--http-proxy=false"), "docker": ()}


def _bind(source: str | Path, target: Path) -> list[str]:
    """Return the option that shows `source` inside read-only. It appears there as `target`."""
    for path in (str(source), str(target)):
        if set(path) & set(',"\n'):
            raise GraderFault(f"{path}: a container cannot be shown a path with a comma, a quote or a line break")
    return ["--mount", f"type=bind,source={source},target={target},readonly"]


def _mounts(spec: SandboxSpec, empty: Path) -> list[str]:
    """Return the options for the visible file system."""
    options: list[str] = []
    for path in [*visible.system_paths(), *visible.system_files()]:
        options += _bind(path.resolve(), path)
    size = spec.limits.scratch_bytes
    options += ["--tmpfs", f"{_SCRATCH[0]}:rw,nosuid,nodev,exec,mode=1777,size={size}", "--shm-size", str(size)]
    bound, masked = visible.bound_and_masked(spec)
    for path in bound:
        options += _bind(path, path)
    for path in masked:
        options += _bind(empty if path.is_dir() else os.devnull, path)
    return options


def _limits(spec: SandboxSpec) -> list[str]:
    """Return the options that bound memory, processes and files."""
    limits = spec.limits
    memory = str(limits.memory_bytes + ABOVE_THE_LIMIT_BYTES)
    bounds = {"core": 0, "nofile": limits.open_files, "fsize": limits.file_bytes, "nproc": limits.processes}
    ulimits = [option for name, bound in bounds.items() for option in ("--ulimit", f"{name}={bound}:{bound}")]
    return ["--memory", memory, "--memory-swap", memory, "--pids-limit", str(limits.processes), *ulimits]


def _environment(spec: SandboxSpec) -> list[str]:
    """Return the options that set the variables."""
    calls = seccomp.assemble(seccomp.namespace_rules(gpu=spec.gpu)) if seccomp.supported() else b""
    confinement = Confinement(kind="namespace", scratch=_SCRATCH, gpu=spec.gpu, child_system_calls=calls)
    variables = visible.environment(spec, confinement)
    return [option for name, value in variables.items() for option in ("--env", f"{name}={value}")]


@dataclass(frozen=True)
class Container:
    """A container's name, engine, image, user and mask.

    The engine is "podman" or "docker", the mask an empty folder that covers others.
    """

    name: str
    engine: str
    image: str
    uid: int
    empty: Path


def arguments(spec: SandboxSpec, container: Container) -> list[str]:
    """Return the options of `run`, with the program.

    Raises:
        GraderFault: a path cannot be written as an option.
    """
    options = ["run", "--rm", "--interactive", "--name", container.name, "--pull", "never", "--log-driver", "none"]
    options += "--network none --ipc private --hostname sandbox --read-only --cap-drop ALL".split()
    options += "--security-opt no-new-privileges --security-opt label=disable --no-healthcheck".split()
    options += ["--user", f"{container.uid}:{container.uid}", "--workdir", _SCRATCH[0]]
    options += [*_OF_ONE_ENGINE[container.engine], *_limits(spec), *_environment(spec), *_mounts(spec, container.empty)]
    options += _GPU[container.engine] if spec.gpu else ()
    return [*options, "--entrypoint", spec.argv[0], container.image, *spec.argv[1:]]


def _empty_image() -> bytes:
    """Return a file system with nothing but /tmp. Some engines give its permissions to what is mounted there."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        directory = tarfile.TarInfo("tmp")
        directory.type, directory.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(directory)
    return archive.getvalue()


def _ask(command: Sequence[str], given: bytes = b"") -> tuple[bool, str]:
    """Run a short command of an engine. Return whether it succeeds, and what it says."""
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            env=_engines_environment(),
            timeout=_ANSWERS_WITHIN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {_ANSWERS_WITHIN_SECONDS:.0f} s"
    except OSError as error:
        return False, str(error)
    said = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).decode(errors="replace").strip()
    return done.returncode == 0, said


def _engines_environment() -> dict[str, str]:
    """Return the variables that an engine's command needs."""
    return {name: os.environ[name] for name in _ENGINES_NEED if name in os.environ}


def _last_line(text: str) -> str:
    """Return the end of what an engine says."""
    return (text.splitlines() or ["it says nothing"])[-1]


def _charged_bytes(pid: int) -> int | None:
    """Return the memory that a control group counts.

    Counted is private and shared memory of the process's group; None where the kernel does not tell.
    """
    try:
        lines = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
        paths = {controllers: path for _, controllers, path in lines}
        first = "memory/" if "memory" in paths else ""
        group = Path("/sys/fs/cgroup", first, paths["memory" if first else ""].lstrip("/"))
        counts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return int(counts["total_rss" if first else "anon"]) + int(counts["total_shmem" if first else "shmem"])
    except (OSError, KeyError):
        return None


class _ContainersProcesses(Processes):
    """The processes of a container. They are as this kernel sees them; there are none where the engine runs on another.

    Args:
        engine: its path.
        name: of the container.
        argv: what the first process runs, by which it is told from one of ours with the same id.
    """

    def __init__(self, engine: str, name: str, argv: tuple[str, ...]) -> None:
        self._question = [engine, "inspect", "--format", "{{.State.Pid}}", name]
        self._argv = b"".join(part.encode() + b"\0" for part in argv)
        self._first, self._asked = 0, 0.0

    def _is_ours(self, pid: int) -> bool:
        """Tell whether a process runs the container's program."""
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes() == self._argv
        except OSError:
            return False

    def _look_for_first(self) -> None:
        """Ask the engine for the container's first process. This happens now and then."""
        if time.monotonic() < self._asked + _LOOK_AGAIN_AFTER_SECONDS:
            return
        found, pid = _ask(self._question)
        self._asked = time.monotonic()
        if found and pid.isdecimal() and self._is_ours(int(pid)):
            self._first = int(pid)

    def memory_bytes(self, pids: list[int]) -> int:
        """Return the memory that the engine's control group counts. Users may not see what others' processes share."""
        charged = _charged_bytes(pids[0]) if pids else 0
        return super().memory_bytes(pids) if charged is None else charged

    def pids(self) -> list[int]:
        """Return the first process and all below it."""
        if not self._first:
            self._look_for_first()
        if not self._first or not self._is_ours(self._first):
            return []
        return [self._first, *process_tree.descendants(self._first)]


class ContainerBackend:
    """The first container engine that answers. It has the image that the environment names, or an empty one."""

    name = "container"
    by_name_alone = True  # it makes an image, and asks a service that has rights of its own
    forks = False

    def __init__(self) -> None:
        self._engine: tuple[str, str] | None = None

    def _find(self) -> str | None:
        """Choose an engine and provide the image. Say what is missing otherwise."""
        if self._engine is not None:
            return None
        problems = []
        for name in ENGINES:
            path = shutil.which(name)
            if path is None:
                continue
            works, said = _ask([path, "info"])
            if not works:
                problems.append(f"{name} does not answer: {_last_line(said)}")
                continue
            problem = self._see_to_image(path)
            if problem is None:
                self._engine = (name, path)
                return None
            problems.append(f"{name}: {problem}")
        return "; ".join(problems) or "there is no container engine: install podman, or docker with its service"

    def _image(self) -> str:
        """Return the name of the image to use."""
        return os.environ.get(IMAGE_VARIABLE) or EMPTY_IMAGE

    def _see_to_image(self, engine: str) -> str | None:
        """Make sure that the engine has the image. Say why not otherwise."""
        image = self._image()
        if _ask([engine, "image", "inspect", image])[0]:
            return None
        if image != EMPTY_IMAGE:
            return f"{IMAGE_VARIABLE} names {image}, which this machine does not have: fetch it with `pull`"
        made, said = _ask([engine, "import", "-", image], _empty_image())
        return None if made else f"the empty image cannot be made: {_last_line(said)}"

    def unavailable(self) -> str | None:
        """Say why no engine confines here. None where one does."""
        return self._find() or self_check.failure(self)

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Start `spec.argv` as a container's first process. The container is fresh."""
        problem = self._find()
        if problem is not None or self._engine is None:
            raise GraderFault(f"{problem}")
        engine, path = self._engine
        owned = throw_away.scratch_and_uid()
        scratch, uid = owned.path, owned.uid
        assert uid is not None
        with throw_away.removed_on_failure(owned):
            name = f"grader-{uid}-{secrets.token_hex(6)}"
            empty = scratch / "empty"
            empty.mkdir(mode=0o755)
            container = Container(name, engine, self._image(), uid, empty)
            command = [path, *arguments(spec, container)]
            plain = Order.to_run(command, _engines_environment(), limits=spec.limits, owned=owned)
            order = replace(plain, trusted=True, afterwards=(path, *_REMOVE[engine], name))
            processes = _ContainersProcesses(path, name, spec.argv)
            return start_monitored(order, spec.limits, mounted=_SCRATCH, processes=processes)
