"""Starts the holder of a sandbox's namespaces.

It is their first process, which the program then joins; part of the monitor.

What the holder does in there stands in `worker.confine.holder`. It is started by a program that makes namespaces, such
as bubblewrap, with the limits, the keys and the control group that the program itself gets.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
from dataclasses import dataclass
from typing import NoReturn

from grader.linux import process
from grader.sandbox import process_tree
from grader.sandbox.order import FILTER, Order

_START_SECONDS = 20.0
_MOST_TOLD_BYTES = 4096


def bound(order: Order) -> None:
    """Bound the calling process and all below it. Every program of an order is bounded as far as that."""
    process.bound_resource(resource.RLIMIT_CORE, 0)
    process.bound_resource(resource.RLIMIT_FSIZE, order.limits.file_bytes)
    process.bound_resource(resource.RLIMIT_NOFILE, order.limits.open_files)
    process.bound_resource(resource.RLIMIT_NPROC, order.limits.processes)
    if sys.platform == "linux":
        process.no_new_privileges()
        process.begin_session_of_keys()


@dataclass(frozen=True)
class Holder:
    """The first process of namespaces.

    Args:
        pid: of that process, as the machine counts.
        requests: a descriptor that leads to it.
        replies: a descriptor on what it answers.
    """

    pid: int
    requests: int
    replies: int

    def let_go(self) -> None:
        """Close the descriptors."""
        os.close(self.requests)
        os.close(self.replies)


def _become(order: Order, pipes: tuple[int, int, int]) -> NoReturn:
    """Become the program that makes namespaces. This happens in the forked process."""
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        reader, writer = os.pipe()
        os.write(writer, bytes.fromhex(order.system_calls))  # a pipe holds far more
        for number, descriptor in enumerate(pipes):
            os.dup2(descriptor, number)
        os.dup2(reader, 3)
        os.set_inheritable(3, True)  # it may have been that one already
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        os.chdir("/")
        if order.group is not None:
            order.group.enter()
        bound(order)
        process.die_with_parent(signal.SIGKILL)
        os.execve(order.holder[0], ["3" if word == FILTER else word for word in order.holder], {})  # noqa: S606
    except BaseException as error:  # noqa: BLE001 - whatever it is, the grader has to hear of it
        os.write(2, f"{order.holder[0]}: {error}".encode())
    os._exit(127)


def _ready(replies: int, complaints: int) -> None:
    """Wait until the holder is where it should be.

    Raises:
        OSError: it is not; says what was told instead.
    """
    if not select.select([replies], [], [], _START_SECONDS)[0]:
        raise OSError(f"no namespaces within {_START_SECONDS:.0f} s")
    if not os.read(replies, 1):
        told = os.read(complaints, _MOST_TOLD_BYTES).decode(errors="replace").strip().splitlines()
        raise OSError(told[-1] if told else "the program that makes namespaces has ended")


def hold(order: Order) -> Holder:
    """Start the holder of `order`, and wait for it. Its namespaces can be joined then.

    Raises:
        OSError: they could not be made.
    """
    (theirs, requests), (replies, answered), (complaints, told) = os.pipe(), os.pipe(), os.pipe()
    maker = os.fork()
    if maker == 0:
        _become(order, (theirs, answered, told))
    for descriptor in (theirs, answered, told):
        os.close(descriptor)
    _ready(replies, complaints)
    os.close(complaints)
    first = process_tree.children(maker)
    if len(first) != 1:
        raise OSError("the first process of the namespaces cannot be found")
    return Holder(first[0], requests, replies)
