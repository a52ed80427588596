"""Bubblewrap: the strongest backend.

It has namespaces for processes, files, network and IPC, with a system call filter of our own.

Root makes the namespaces itself and drops, inside them, to a throw-away user without any capability. An ordinary user
gets them through a user namespace, which some distributions forbid (the self-check says how to allow it).

The program is executed in the namespaces as their first process; or, where workers are forked, it joins them, and the
first process is a holder (see `worker.confine.holder`). That needs Linux 5.8.

Two options decide more than they seem to. `--as-pid-1`: the program is itself the first process of the namespace,
because bubblewrap's own would have the grader's environment in /proc/1/environ, and memory that the program may write.
`env={}`: for the same reason bubblewrap is started without an environment and told on its command line what to set.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import grader
from grader.errors import GraderFault
from grader.protocol.confinement import Confinement
from grader.sandbox import control_group, fork_server, process_tree, seccomp, self_check, throw_away, visible
from grader.sandbox.base import Sandbox, SandboxSpec
from grader.sandbox.interpreter import executable, interpreter_folders
from grader.sandbox.order import FILTER, Order
from grader.sandbox.running import Bounds, Root, TreeSandbox, start, start_monitored
from grader.sandbox.staging import staged

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_SCRATCH = ("/tmp", "/dev/shm")  # noqa: S108 - the sandbox's own, see `_mounts`
_INSTALL = "install it: apt install bubblewrap, dnf install bubblewrap, or pacman -S bubblewrap"
_APPARMOR = (
    "user namespaces are forbidden to it here: run the grader in a container with --sandbox landlock, or allow them "
    "(Ubuntu: apt install apparmor-profiles, then load its bwrap-userns-restrict profile)"
)
_STARTER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from grader.linux.process import begin_session_of_keys
begin_session_of_keys()
os.execv(sys.argv[2], sys.argv[2:])
"""
_HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
from grader.worker.confine.holder import main
main()
"""
_FORBIDDEN = ("setting up uid map", "RTM_NEWADDR", "No permissions to create", "Creating new namespace failed")


def _namespaces(as_root: bool) -> list[str]:
    """Return the options that make the namespaces."""
    options = "--unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try --as-pid-1".split()
    options += "--die-with-parent --new-session --hostname sandbox --clearenv --cap-drop ALL".split()
    if as_root:
        return [*options, *"--cap-add CAP_SETUID --cap-add CAP_SETGID --cap-add CAP_SETPCAP".split()]
    return [*options, *"--unshare-user --uid 1000 --gid 1000".split()]


def _system() -> list[str]:
    """Return the options that bind the system's directories. Links among them are repeated."""
    options: list[str] = []
    for path in visible.system_paths():
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        else:
            options += ["--ro-bind", str(path), str(path)]
    for path in visible.system_files():
        options += ["--ro-bind", str(path), str(path)]
    return options


def _readable(spec: SandboxSpec) -> list[str]:
    """Return the options for readable and hidden paths. What is readable is bound, and what is hidden in it masked."""
    bound, masked = visible.bound_and_masked(spec)
    options: list[str] = []
    for path in bound:
        for parent in reversed(path.parents[:-1]):
            options += ["--dir", str(parent)]  # bubblewrap itself would make it accessible to the user outside alone
        options += ["--ro-bind", str(path), str(path)]
    for path in masked:
        covers = path.is_dir()
        options += ["--tmpfs", str(path), "--remount-ro", str(path)] if covers else ["--ro-bind", os.devnull, str(path)]
    return options


def _gpu() -> list[str]:
    """Return the options that bind a card's files. There are none where there is no card."""
    nodes = [option for node in visible.gpu_nodes() for option in ("--dev-bind", str(node), str(node))]
    return [*nodes, "--ro-bind", "/sys", "/sys"] if nodes else []


def _covered(path: Path, kept: set[Path]) -> list[str]:
    """Return the options that close `path`. It is no link; what is kept in it stays open."""
    if not path.is_dir():
        return ["--ro-bind", os.devnull, str(path)]
    options = ["--tmpfs", str(path)]
    for inner in sorted(kept):
        if inner.is_relative_to(path):
            options += ["--dir", str(inner.parent), "--ro-bind", str(inner), str(inner)]
    return [*options, "--remount-ro", str(path)]


def _proc(*, gpu: bool) -> list[str]:
    """Return the options for /proc. It shows the sandbox's processes, and of the rest what programs need.

    A kernel has some fifty tables there, of its keys, its command line, its disks, and no option to leave them out.
    """
    kept = {Path("/proc", name) for name in visible.proc_names(gpu=gpu)}
    options = ["--proc", "/proc"]
    for path in sorted(Path("/proc").iterdir()):
        if not (path.name.isdecimal() or path.is_symlink() or path in kept):
            options += _covered(path, kept)
    return options


def _mounts(spec: SandboxSpec) -> list[str]:
    """Return the options for the visible file system."""
    options = [*_system(), *_proc(gpu=spec.gpu), "--dev", "/dev"]
    for directory in _SCRATCH:
        options += ["--perms", "1777", "--size", str(spec.limits.scratch_bytes), "--tmpfs", directory]
    options += _readable(spec)
    # a mapping of /dev/zero is memory that processes share and no file system bounds; the CUDA driver may want it
    options += _gpu() if spec.gpu else ["--ro-bind", os.devnull, "/dev/zero"]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", _SCRATCH[0]]


def _confinement(spec: SandboxSpec) -> Confinement:
    """Return what the worker is told of its sandbox."""
    return Confinement(kind="namespace", scratch=_SCRATCH, gpu=spec.gpu)


def _environment(spec: SandboxSpec) -> list[str]:
    """Return the options that set the variables."""
    variables = visible.environment(spec, _confinement(spec))
    return [option for name, value in variables.items() for option in ("--setenv", name, value)]


def _drop_to(uid: int) -> list[str]:
    """Return the command that becomes `uid` inside. It then becomes the next command.

    Raises:
        GraderFault: it is missing.
    """
    setpriv = shutil.which("setpriv", path=_PATH)
    if setpriv is None:
        raise GraderFault("setpriv is missing, root needs it for bubblewrap: install util-linux")
    options = f"--reuid {uid} --regid {uid} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs"
    return [setpriv, *options.split()]


def arguments(spec: SandboxSpec, filter_descriptor: int | str, *, uid: int | None) -> list[str]:
    """Return the options and the program for bubblewrap.

    Args:
        spec: what to run.
        filter_descriptor: where bubblewrap reads the system call filter.
        uid: whom root has to become inside; None for an ordinary user, who needs a user namespace.

    Raises:
        GraderFault: root lacks the program that changes the user.
    """
    as_root = uid is not None
    program = [*([] if uid is None else _drop_to(uid)), *spec.argv]
    options = [*_namespaces(as_root), *_environment(spec), *_mounts(spec), "--seccomp", str(filter_descriptor)]
    return [*options, "--", *program]


def _without_keys(command: list[str]) -> list[str]:
    """Prefix `command` with a drop of session keys.

    An interpreter gives up the keys of our session before it becomes the program.
    """
    package_root = str(Path(grader.__file__).parents[1])
    return [sys.executable, "-I", "-S", "-B", "-c", _STARTER, package_root, *command]


def _end(bubblewrap: Root) -> None:
    """End the namespace's first process. With it the kernel ends all others before bubblewrap hears of it."""
    first = process_tree.children(bubblewrap.pid)
    process_tree.signal_each(first or [bubblewrap.pid])


def _launch_as_root(program: str, spec: SandboxSpec, filter_descriptor: int) -> Sandbox:
    """Start bubblewrap below a monitor. The kernel tells no process of another user that it has died.

    The scratch directory is empty, and only there to keep other sandboxes from the throw-away user's id.
    """
    owned = throw_away.scratch_and_uid()
    with throw_away.removed_on_failure(owned):
        command = [program, *arguments(spec, filter_descriptor, uid=owned.uid)]
        order = Order.to_run(command, {}, limits=spec.limits, owned=owned)
        return start_monitored(order, spec.limits, descriptors=(filter_descriptor,), mounted=_SCRATCH)


def _launch_joined(program: str, spec: SandboxSpec, system_calls: bytes) -> Sandbox:
    """Start bubblewrap with a holder in it. A process of the fork server's joins the holder's namespaces."""
    owned, limits = throw_away.for_a_sandbox(spec.limits)
    with throw_away.removed_on_failure(owned):
        folder = staged()
        holder = (executable(), "-I", "-S", "-B", "-c", _HOLDER, str(folder))
        inside = replace(spec, argv=holder, readable=(*spec.readable, *interpreter_folders(), folder))
        plain = Order.to_run(spec.argv, visible.environment(spec, _confinement(spec)), limits=limits, owned=owned)
        order = replace(
            plain,
            uid=owned.uid,
            system_calls=system_calls.hex(),
            holder=(program, *arguments(inside, FILTER, uid=owned.uid)),
            directory=_SCRATCH[0],
        )
        return start_monitored(order, spec.limits, mounted=_SCRATCH, server=spec.server)


class BwrapBackend:
    """Bubblewrap, as root or through a user namespace. It is whichever this process is entitled to."""

    name = "bwrap"
    by_name_alone = False

    def __init__(self) -> None:
        self.forks = fork_server.supported()

    def unavailable(self) -> str | None:
        """Say why bubblewrap does not confine here. None where it does."""
        if sys.platform != "linux":
            return "bubblewrap is a program for Linux"
        if not seccomp.supported():
            return f"there is no table of system calls for {os.uname().machine}"
        if shutil.which("bwrap", path=_PATH) is None:
            return f"bubblewrap is not installed; {_INSTALL}"
        problem = self_check.failure(self)
        if problem is not None and any(sign in problem for sign in _FORBIDDEN):
            return f"{problem}; {_APPARMOR}"
        return problem

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Start `spec.argv` as the first process of fresh namespaces."""
        program = shutil.which("bwrap", path=_PATH)
        if program is None:
            raise GraderFault(f"bubblewrap is not installed; {_INSTALL}")
        system_calls = seccomp.assemble(seccomp.namespace_rules(gpu=spec.gpu))
        if spec.server is not None and self.forks:
            return _launch_joined(program, spec, system_calls)
        reader, writer = os.pipe()
        try:
            os.write(writer, system_calls)  # a pipe holds far more
            os.close(writer)
            if os.geteuid() == 0:
                return _launch_as_root(program, spec, reader)
            group = control_group.make(spec.limits)
            with control_group.removed_on_failure(group):
                bubblewrap = [program, *arguments(spec, reader, uid=None)]
                command = control_group.entering(group, _without_keys(bubblewrap))
                return TreeSandbox(start(command, (reader,)), Bounds(spec.limits, group, mounted=_SCRATCH), end=_end)
        finally:
            os.close(reader)
