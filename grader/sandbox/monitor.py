"""The monitor: a process above a sandboxed program.

It stands between the grader and the program where no process namespace ends with the grader.

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

Before that it forks the process that confines itself, in this order: control group, limits, keys, namespaces to join,
what it can open, user id, what happens when the monitor is killed, system calls; and then becomes the program. What
goes wrong until then is one line on the status pipe; the pipe closes without one when the program runs.

Run as `python -I -S -c STARTER ROOT DESCRIPTOR STATUS_DESCRIPTOR`, so that neither the environment nor a site
directory decides what is imported; then the program is executed. Or forked from the fork server, with the program's
modules in memory; then the program is run by what is there (see `forking`). The order is JSON, see `Order`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

from grader.linux import capabilities, landlock, namespaces, process
from grader.protocol.confinement import CHILDREN_VARIABLE, HOLDER_VARIABLE
from grader.sandbox import process_tree
from grader.sandbox.holding import Holder, bound, hold
from grader.sandbox.order import Order
from grader.sandbox.scratch import give_back, remove

STARTER = "import sys; sys.path.insert(0, sys.argv[1]); from grader.sandbox.monitor import main; main()"
_ON_LINUX = sys.platform == "linux"
_WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM}
_IGNORED = {signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
_END_SECONDS = 5.0
_REST_SECONDS = 0.1
_LOOK_EVERY_SECONDS = 1.0
_ENDED_BY_GRADER = 128 + signal.SIGTERM


def _reaches(uid: int, order: Order) -> bool:
    """Whether user `uid` can read what the program needs."""
    os.setegid(uid)
    os.seteuid(uid)
    try:
        return os.access(order.argv[0], os.X_OK, effective_ids=True) and all(
            os.access(path, os.R_OK, effective_ids=True) for path in order.readable
        )
    finally:
        os.seteuid(0)
        os.setegid(0)


def _capability_needed(uid: int, order: Order) -> int | None:
    """Find the weakest capability that `uid` needs.

    It needs one to read an interpreter below a directory that only root may enter.
    """
    if _reaches(uid, order):
        return None
    held = capabilities.effective_capabilities()
    for capability in (capabilities.CAP_DAC_READ_SEARCH, capabilities.CAP_DAC_OVERRIDE):
        if held & 1 << capability:
            return capability
    raise PermissionError(f"user {uid} cannot read {order.argv[0]}, and there is no capability to let it")


def _confine(order: Order, monitor: int, holder: Holder | None) -> None:
    """Give up what the order denies the program."""
    bound(order)
    if not _ON_LINUX:
        return
    if holder is not None:
        namespaces.join(holder.pid)
        os.chdir(order.directory)
    kept = None if order.uid is None or order.rights is None else _capability_needed(order.uid, order)
    if order.rights is not None:
        landlock.restrict_files(order.rights, order.landlock_abi)
    if order.uid is not None:
        capabilities.become(order.uid, keep_capability=kept)
    elif holder is not None:
        capabilities.give_up()  # what the user namespace has brought
    process.die_with_parent(signal.SIGKILL)
    if os.getppid() != monitor:
        raise ProcessLookupError("the monitor has ended")
    if order.system_calls:
        process.install_filter(bytes.fromhex(order.system_calls))


def _own_descriptors(order: Order, holder: Holder | None) -> dict[str, str]:
    """Open descriptors while they can be opened. The worker needs them, as it has to end its phases' processes."""
    if holder is not None:
        return {HOLDER_VARIABLE: f"{holder.requests} {holder.replies}"}
    if order.rights is None:
        return {}
    descriptor = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    return {CHILDREN_VARIABLE: str(descriptor)}


def execute(order: Order, environment: Mapping[str, str], status: int) -> NoReturn:
    """Become the program by executing it."""
    os.set_inheritable(status, False)
    os.execve(order.argv[0], order.argv, environment)  # noqa: S606 - that is what it is for


Become = Callable[[Order, Mapping[str, str], int], NoReturn]
"""Becomes the program of an order, with these variables. The status pipe ends with that."""


def _run(order: Order, status: int, monitor: int, holder: Holder | None, become: Become) -> NoReturn:
    """Become the program, in the forked process."""
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        os.chdir(order.scratch)
        environment = order.environment | _own_descriptors(order, holder)
        if order.group is not None:
            order.group.enter()
        if order.trusted and _ON_LINUX:
            process.die_with_parent(signal.SIGKILL)
        elif not order.trusted:
            _confine(order, monitor, holder)
        become(order, environment, status)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the grader has to hear of it
        os.write(status, f"{order.argv[0]}: {error}".encode())
    os._exit(127)


def _clean_up(order: Order) -> None:
    """Run the command for the end. It says nothing to anybody: what it was to remove may be gone already."""
    child = os.fork()
    if child == 0:
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(nothing, descriptor)
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            os.execve(order.afterwards[0], order.afterwards, order.environment)  # noqa: S606
        finally:
            os._exit(127)
    os.waitpid(child, 0)


def _wait(child: int, grader: int) -> int:
    """Wait for the program, and return its exit status.

    It is 128 + SIGTERM when the grader ended the program or is gone.
    """
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


def _begin(order: Order) -> None:
    """Take the place at the root of the tree."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED | _IGNORED)
    if _ON_LINUX:
        process.adopt_orphans()
        process.die_with_parent(signal.SIGTERM)
    else:
        signal.setitimer(signal.ITIMER_REAL, _LOOK_EVERY_SECONDS, _LOOK_EVERY_SECONDS)
    if order.uid is not None:
        os.chown(order.scratch, order.uid, order.uid)


def _end_tree(order: Order) -> None:
    """End all processes below. Return when none lives any more."""
    if order.group is not None:
        order.group.end()
    while not process_tree.end_descendants(_END_SECONDS):
        time.sleep(_REST_SECONDS)


def _end(order: Order, code: int) -> None:
    """Remove processes and what they have left."""
    _end_tree(order)
    if order.afterwards:
        _clean_up(order)
        _end_tree(order)
    if order.group is not None and code == _ENDED_BY_GRADER:
        order.group.remove()  # after any other end the grader asks it what has happened
    with contextlib.suppress(OSError):  # the grader, while there is one, tries again and complains
        remove(order.scratch)
        if order.claim:
            give_back(order.claim, order.scratch)


def watch(order: Order, status: int, become: Become) -> int:
    """Run an order to its end. Nothing is left of it; return the program's exit status."""
    code = 127
    try:
        _begin(order)
        monitor = os.getpid()
        if os.getppid() == order.parent:
            holder = hold(order) if order.holder else None
            child = os.fork()
            if child == 0:
                _run(order, status, monitor, holder, become)
            for inherited in (0, 1, 2, status):
                os.close(inherited)  # the pipes end with the last process of the program, not with this one
            if holder is not None:
                holder.let_go()
            code = _wait(child, order.parent)
    except OSError as error:
        os.write(status, f"the sandbox's monitor: {error}".encode())
    _end(order, code)
    return code


def main() -> NoReturn:
    """Run the order on the named descriptor. The command line names the descriptor."""
    descriptor, status = int(sys.argv[2]), int(sys.argv[3])
    with os.fdopen(descriptor, "rb") as file:
        order = Order.from_json(file.read())
    os._exit(watch(order, status, execute))
