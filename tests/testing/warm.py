"""Processes are forked from one that has torch imported. Elsewhere the import costs seconds.

They are workers in a stand-in for a sandbox, for tests that grade many submissions of our own corpus: it confines
nothing; what the backends confine is tested in `tests/sandbox`, with the real ones. And `python -m …` for whatever
imports torch.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

os.environ["GOMP_SPINCOUNT"] = "3000"  # the sandbox sets it too, see `grader.schedule.launch`
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["torch", "torch._dynamo", "grader.worker.phases", "tests.testing.freeze"])


def _serve(pipes: list[Any], scratch: str) -> None:
    os.setsid()
    tempfile.tempdir = scratch
    for number, pipe in enumerate(pipes):
        os.dup2(pipe.detach(), number)
    os.closerange(3, 1024)  # those of the fork server: a submission that writes to all descriptors would end it
    from grader.worker.__main__ import main

    main()


class _Pipes:
    """Three descriptors that survive the way to a forked process."""

    def __init__(self, *descriptors: int) -> None:
        self.descriptors = descriptors

    def __reduce__(self) -> tuple[Any, ...]:
        return (list, ([DupFd(descriptor) for descriptor in self.descriptors],))


class WarmSandbox:
    """One worker, with the interface of `grader.sandbox.base.Sandbox`."""

    def __init__(self) -> None:
        (child_in, near_in), (near_out, child_out), (near_err, child_err) = os.pipe(), os.pipe(), os.pipe()
        self._scratch = tempfile.TemporaryDirectory(prefix="grader-warm-", ignore_cleanup_errors=True)
        pipes = _Pipes(child_in, child_out, child_err)
        self._process = _context.Process(target=_serve, args=(pipes, self._scratch.name))
        self._process.start()
        for descriptor in (child_in, child_out, child_err):
            os.close(descriptor)
        self.stdin: IO[bytes] = os.fdopen(near_in, "wb", 0)
        self.stdout: IO[bytes] = os.fdopen(near_out, "rb", 0)
        self.stderr: IO[bytes] = os.fdopen(near_err, "rb", 0)

    def memory_bytes(self) -> int:
        return 0

    def exceeded(self) -> str | None:
        return None

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        if self._process.pid is not None:
            for end in (os.killpg, os.kill):  # a process that has not begun leads no group yet
                with contextlib.suppress(ProcessLookupError):
                    end(self._process.pid, signal.SIGKILL)
            self._process.join()
        self._scratch.cleanup()
        # the pipes close once nobody refers to them: closed here, their numbers could go to other files, which a thread
        # that still reads would then read


class WarmBackend:
    """Launch warm workers, with the interface of `grader.sandbox.base.Backend`."""

    name = "warm"
    by_name_alone = True
    forks = False

    def unavailable(self) -> str | None:
        return None

    def launch(self, spec: object) -> WarmSandbox:  # noqa: ARG002 - nothing of it applies
        return WarmSandbox()


def _run_module(arguments: list[str], folder: str, environment: dict[str, str], pipes: list[Any]) -> None:
    for number, pipe in enumerate(pipes, 1):
        os.dup2(pipe.detach(), number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    # the fork server's streams would still use its own descriptors
    vars(sys).update(__stdout__=sys.stdout, __stderr__=sys.stderr)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv = list(arguments)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as pipe:
        return pipe.read()


def run_module(*arguments: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `python -m ARGUMENTS` in `folder` with this environment.

    As `subprocess.run`, it reads until nobody can write any more: a process that it has started may speak last.
    """
    (near_out, child_out), (near_err, child_err) = os.pipe(), os.pipe()
    process = _context.Process(
        target=_run_module, args=(list(arguments), str(folder), dict(environment), _Pipes(child_out, child_err))
    )
    process.start()
    for descriptor in (child_out, child_err):
        os.close(descriptor)
    with ThreadPoolExecutor() as readers:
        out, err = readers.map(_read, (near_out, near_err))
    process.join()
    assert process.exitcode is not None
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)
