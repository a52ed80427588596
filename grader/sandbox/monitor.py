"""The process between the grader and a sandboxed program where no process namespace ends with the grader.

Theory of operation
-------------------
A process namespace dies with its first process; without one, a process whose parent has ended leaves the tree that
would have been killed. So a small process of ours stays at the root of each tree: it adopts every orphan, runs no code
but this file, and is not confined. It has a session of its own, so that no signal to a group of the tree is one to it.
It ends the whole tree, removes the scratch directory and exits

- when the program ends, with the program's status (128 + N for signal N),
- on SIGTERM, which is how `kill` ends a sandbox, and what Linux sends it when the grader itself is gone (elsewhere it
  looks once a second).

While anything of the tree lives it neither removes the directory nor exits, however long that takes: it is the only one
that can still find it, and what it removes as root must be nobody's to change.

Before that it forks the process that confines itself, in this order: control group, limits, what it can open, user id,
what happens when the monitor is killed, system calls; and then executes the program. What goes wrong until then is one
line on the status pipe; the pipe closes without one when the program runs.

Run as `python -I -S -c STARTER ROOT DESCRIPTOR STATUS_DESCRIPTOR`, so that neither the environment nor a site
directory decides what is imported. The plan is JSON, see `Plan`.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from grader.sandbox import inside, kernel, process_tree
from grader.sandbox.control_group import ControlGroup
from grader.sandbox.scratch import give_back, remove

STARTER = "import sys; sys.path.insert(0, sys.argv[1]); from grader.sandbox.monitor import main; main()"
_ON_LINUX = sys.platform == "linux"
_WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM}
_IGNORED = {signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
_END_SECONDS = 5.0
_REST_SECONDS = 0.1
_LOOK_EVERY_SECONDS = 1.0
_ENDED_BY_GRADER = 128 + signal.SIGTERM


@dataclass(frozen=True)
class Plan:
    """What the monitor is to do.

    Args:
        argv, environment: the program.
        parent: process id of the grader.
        scratch: the private directory: made by the grader, handed to `uid`, removed by the monitor.
        claim: on the throw-away user of the sandbox, given back after that; empty for none.
        processes, file_bytes, open_files: limits on each of its processes; `processes` counts all of the user's.
        uid: the throw-away user to become, None to stay who we are.
        readable: paths that `uid` has to reach; where it cannot, it keeps one capability, to read.
        rights: what Landlock allows, by path (see `kernel.restrict_files`); None for no Landlock.
        landlock_abi: its version.
        system_calls: the filter, in hexadecimal; empty for none.
        trusted: whether the program is one of the grader's own, which confines others: nothing is taken from it.
        afterwards: a command for the end, about what the program may have left with a service; empty for none.
        control_group: the directory of the group that the program is to run in, made by the grader; empty for none.
    """

    argv: list[str]
    environment: dict[str, str]
    parent: int
    scratch: str
    processes: int
    file_bytes: int
    open_files: int
    uid: int | None = None
    readable: tuple[str, ...] = ()
    rights: dict[str, int | None] | None = None
    landlock_abi: int = 0
    system_calls: str = ""
    trusted: bool = False
    afterwards: tuple[str, ...] = ()
    control_group: str = ""
    claim: str = ""

    @property
    def group(self) -> ControlGroup | None:
        """The group of that directory."""
        return ControlGroup(Path(self.control_group)) if self.control_group else None

    def to_json(self) -> bytes:
        """For the descriptor that the monitor reads."""
        return json.dumps(asdict(self)).encode()


def _reaches(uid: int, plan: Plan) -> bool:
    """Whether user `uid` can read what the program has to."""
    os.setegid(uid)
    os.seteuid(uid)
    try:
        return os.access(plan.argv[0], os.X_OK, effective_ids=True) and all(
            os.access(path, os.R_OK, effective_ids=True) for path in plan.readable
        )
    finally:
        os.seteuid(0)
        os.setegid(0)


def _capability_needed(uid: int, plan: Plan) -> int | None:
    """The weakest capability that lets `uid` read an interpreter below a directory that only root may enter."""
    if _reaches(uid, plan):
        return None
    held = kernel.effective_capabilities()
    for capability in (kernel.CAP_DAC_READ_SEARCH, kernel.CAP_DAC_OVERRIDE):
        if held & 1 << capability:
            return capability
    raise PermissionError(f"user {uid} cannot read {plan.argv[0]}, and there is no capability to let it")


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bound, bound))


def _confine(plan: Plan, monitor: int) -> None:
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, plan.file_bytes)
    _limit(resource.RLIMIT_NOFILE, plan.open_files)
    _limit(resource.RLIMIT_NPROC, plan.processes)
    if not _ON_LINUX:
        return
    kernel.no_new_privileges()
    kept = None if plan.uid is None or plan.rights is None else _capability_needed(plan.uid, plan)
    if plan.rights is not None:
        kernel.restrict_files(plan.rights, plan.landlock_abi)
    if plan.uid is not None:
        kernel.become(plan.uid, keep_capability=kept)
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != monitor:
        raise ProcessLookupError("the monitor has ended")
    if plan.system_calls:
        kernel.install_filter(bytes.fromhex(plan.system_calls))


def _list_of_children(plan: Plan) -> dict[str, str]:
    """A descriptor on the list of the program's children, opened while /proc can be: the worker has to end them all."""
    if plan.rights is None:
        return {}
    descriptor = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    return {inside.CHILDREN_VARIABLE: str(descriptor)}


def _run(plan: Plan, status: int, monitor: int) -> NoReturn:
    """In the forked process: become the program."""
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        os.set_inheritable(status, False)
        os.chdir(plan.scratch)
        environment = plan.environment | _list_of_children(plan)
        if plan.group is not None:
            plan.group.enter()
        if plan.trusted and _ON_LINUX:
            kernel.die_with_parent(signal.SIGKILL)
        elif not plan.trusted:
            _confine(plan, monitor)
        os.execve(plan.argv[0], plan.argv, environment)  # noqa: S606 - that is what it is for
    except BaseException as error:  # noqa: BLE001 - whatever it is, the grader has to hear of it
        os.write(status, f"{plan.argv[0]}: {error}".encode())
    os._exit(127)


def _clean_up(plan: Plan) -> None:
    """Run the command for the end. It says nothing to anybody: what it was to remove may be gone already."""
    child = os.fork()
    if child == 0:
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(nothing, descriptor)
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            os.execve(plan.afterwards[0], plan.afterwards, plan.environment)  # noqa: S606
        finally:
            os._exit(127)
    os.waitpid(child, 0)


def _wait(child: int, grader: int) -> int:
    """The exit status of the program, or 128 + SIGTERM when the grader ended it or is gone."""
    while True:
        received = signal.sigwait(_WATCHED)
        if received == signal.SIGALRM and os.getppid() == grader:
            continue
        if received != signal.SIGCHLD:
            return _ENDED_BY_GRADER
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if pid == 0:
                break


def _begin(plan: Plan) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED | _IGNORED)
    if _ON_LINUX:
        kernel.adopt_orphans()
        kernel.die_with_parent(signal.SIGTERM)
    else:
        signal.setitimer(signal.ITIMER_REAL, _LOOK_EVERY_SECONDS, _LOOK_EVERY_SECONDS)
    if plan.uid is not None:
        os.chown(plan.scratch, plan.uid, plan.uid)


def _end_tree(plan: Plan) -> None:
    """Return when nothing lives any more."""
    if plan.group is not None:
        plan.group.end()
    while not process_tree.end_descendants(_END_SECONDS):
        time.sleep(_REST_SECONDS)


def _end(plan: Plan, code: int) -> None:
    """Leave nothing behind, neither processes nor what they have left."""
    _end_tree(plan)
    if plan.afterwards:
        _clean_up(plan)
        _end_tree(plan)
    if plan.group is not None and code == _ENDED_BY_GRADER:
        plan.group.remove()  # after any other end the grader asks it what has happened
    with contextlib.suppress(OSError):  # the grader, while there is one, tries again and complains
        remove(plan.scratch)
        if plan.claim:
            give_back(plan.claim, plan.scratch)


def main() -> NoReturn:
    """Run the plan on the descriptor named on the command line to its end."""
    descriptor, status = int(sys.argv[2]), int(sys.argv[3])
    with os.fdopen(descriptor, "rb") as file:
        plan = Plan(**json.load(file))
    code = 127
    try:
        _begin(plan)
        monitor = os.getpid()
        if os.getppid() == plan.parent:
            child = os.fork()
            if child == 0:
                _run(plan, status, monitor)
            for inherited in (0, 1, 2, status):
                os.close(inherited)  # the pipes end with the last process of the program, not with this one
            code = _wait(child, plan.parent)
    except OSError as error:
        os.write(status, f"the sandbox's monitor: {error}".encode())
    _end(plan, code)
    os._exit(code)
