"""The fork server's process. It has imported what workers need, and forks one for each sandbox.

Theory of operation
-------------------
Importing torch takes seconds, a fork milliseconds. So one process imports it, once for all submissions, and every
sandbox begins as a fork of that process: first the monitor, which it stays the parent of, and below that the program,
which shuts itself in before it runs, as it would before it is executed. From then on the walls are the same.

What a submission could find in the memory that it gets this way is what every worker has imported anyway. The server
knows nothing else: its environment is made for it, it reads no order (whoever it forks does), it is sent no job, no
label and no name, and forks nothing that has run any code of a submission. What it does not give is a fresh layout of
memory: all that are forked from it have the same.

It is told what to do in messages over the socket on standard input, and ends when that is closed:

- `import NAME…` imports modules; whatever is wrong with them ends the server, with a traceback;
- `fork`, with five descriptors (the order; the program's three pipes; where to write what goes wrong until the program
  runs, see `monitor`): answers with the new monitor's process id and a descriptor on it and, for when it has ended, one
  from which its exit status can be read; nothing is there when it was killed. Where this machine has no process or
  descriptor left for it, the answer is the reason, with no descriptor;
- `answer`, which it does, once all before that is done;
- `end`. Where the socket is closed without it, the grader is gone, and the place where code was staged is removed.

Run as `python -m grader.sandbox.forking` in the place where the worker's code is staged.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import os
import runpy
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from grader.linux import process
from grader.protocol.confinement import CHILDREN_VARIABLE, HOLDER_VARIABLE
from grader.sandbox.monitor import watch
from grader.sandbox.order import Order

IMPORT, FORK, ANSWER, END, GONE = "import", "fork", "answer", "end", ""
STAGED = "grader-worker-"
"""Prefix of places where code is staged."""
MOST_BYTES = 4096
DESCRIPTORS = 5
_STDIN, _STDERR = 0, 2


def _close_others(kept: set[int]) -> None:
    """Close every descriptor that is not kept."""
    begin = _STDERR + 1
    for descriptor in sorted(number for number in kept if number > _STDERR):
        os.closerange(begin, descriptor)
        begin = descriptor + 1
    os.closerange(begin, os.sysconf("SC_OPEN_MAX"))


def _status_of(end: SystemExit) -> int:
    """Return the exit status of an interpreter."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _interpret(arguments: list[str]) -> int:
    """Act as `python` with these arguments. Return its exit status.

    Args:
        arguments: a module after -m, code after -c or a file, and what these are given; options before that were the
            server's own.
    """
    at = next(i for i, word in enumerate(arguments) if word in ("-m", "-c") or not word.startswith("-"))
    kind, rest = arguments[at], arguments[at + 1 :]
    try:
        if kind == "-m":
            sys.argv = rest
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        elif kind == "-c":
            sys.argv = [kind, *rest[1:]]
            exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as an interpreter does
        else:
            sys.argv = [kind, *rest]
            runpy.run_path(kind, run_name="__main__")
    except SystemExit as end:
        return _status_of(end)
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
        return 1
    return 0


def go_on(order: Order, environment: Mapping[str, str], status: int) -> NoReturn:
    """Become an order's program, and end with it. What is in memory is used."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = None
        own = f"{environment.get(CHILDREN_VARIABLE, '')} {environment.get(HOLDER_VARIABLE, '')}"
        os.close(status)
        _close_others(set(map(int, own.split())))
        code = _interpret(order.argv[1:])
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        os._exit(code)


def _monitor(received: list[int], ended: int) -> NoReturn:
    """Act as a sandbox's monitor, in the forked process."""
    code = 127
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        order_file, *pipes, status = received
        os.setsid()
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
            os.close(pipe)
        with os.fdopen(order_file, "rb") as file:
            order = Order.from_json(file.read())
        code = watch(order, status, go_on)
        os.write(ended, str(code).encode())
    finally:
        os._exit(code)


def _reap(*_: object) -> None:
    """Wait for monitors that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


@contextlib.contextmanager
def _unreaped() -> Iterator[None]:
    """Keep children that end from being waited for. So the number of a new one is its own until it is held."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _start_monitor(link: socket.socket, received: list[int], opened: list[int]) -> tuple[int, int, int]:
    """Fork a monitor. Return its number, a descriptor on it, and one on its exit status.

    Args:
        link: the server's own, which the monitor closes.
        received: the descriptors for it.
        opened: gets all descriptors that are to be closed here.

    Raises:
        OSError: this machine has not what it needs; then nothing of it is left.
    """
    if len(received) < DESCRIPTORS:  # the kernel leaves out those for which there is no place
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    status, ended = os.pipe()
    opened += [status, ended]
    with _unreaped():
        pid = os.fork()
        if pid == 0:
            link.close()
            os.close(status)
            _monitor(received, ended)
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            os.kill(pid, signal.SIGTERM)
            raise
    opened.append(handle)
    return pid, handle, status


def _fork(link: socket.socket, received: list[int]) -> None:
    """Fork a monitor, and report it or the reason.

    Raises:
        OSError: the grader is gone.
    """
    opened, handed = list(received), list[int]()
    try:
        pid, *handed = _start_monitor(link, received, opened)
        answer = str(pid)
    except OSError as error:
        answer = error.strerror or "it is not possible"
    socket.send_fds(link, [answer.encode()], handed)
    for descriptor in opened:
        os.close(descriptor)


def _import(names: list[str]) -> None:
    """Import modules without garbage collection.

    In one of torch's size a tenth of the time would go to looking for garbage.
    """
    gc.disable()
    for name in names:
        try:
            importlib.import_module(name)
        except OSError as error:  # a library that cannot be loaded; an OSError would mean that the grader is gone
            raise ImportError(f"{name}: {error}") from error
    gc.freeze()  # no collector has to walk the shared objects, which in a fork would copy them; so little is garbage
    gc.enable()


def _serve(link: socket.socket) -> bool:
    """Handle the next message. False where it is the last; one without a word says that the grader is gone.

    Raises:
        OSError: the grader is gone, in the middle of a word.
    """
    message, received, _, _ = socket.recv_fds(link, MOST_BYTES, DESCRIPTORS)
    command, *names = message.decode().split() or [GONE]
    if command == IMPORT:
        _import(names)
    elif command == ANSWER:
        link.send(ANSWER.encode())
    elif command == FORK:
        _fork(link, received)
    elif command == GONE:
        raise ConnectionResetError
    return command != END


def _remove_staged() -> None:
    """Remove the place of staged code. It is the one that this module lies in, if code is staged there."""
    staged = Path(__file__).parents[2]
    if staged.name.startswith(STAGED):
        shutil.rmtree(staged, ignore_errors=True)


def main() -> NoReturn:
    """Serve until the socket is closed."""
    link = socket.socket(fileno=os.dup(_STDIN))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    os.close(nothing)
    process.adopt_orphans()  # orphans of a killed monitor: a process that nobody waits for keeps its namespace alive
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal it is the grader's to decide what ends
    try:
        while _serve(link):
            pass
    except OSError:
        _remove_staged()
    except Exception:  # noqa: BLE001 - a module that cannot be imported: the grader reads the last line
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(0)  # tearing down all imported modules takes a while, and somebody waits


if __name__ == "__main__":
    main()
