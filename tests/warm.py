"""A stand-in for a sandbox that starts in milliseconds: workers forked from one process that has torch imported.

For tests that grade many submissions of our own corpus. It confines nothing; what the backends confine is tested
in `tests/sandbox`, with the real ones.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from multiprocessing.reduction import DupFd
from typing import IO, Any

os.environ["GOMP_SPINCOUNT"] = "3000"  # as the sandbox sets it, see `grader.schedule.launch`
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["torch", "torch._dynamo", "grader.worker.phases"])


def _serve(pipes: list[Any]) -> None:
    os.setsid()
    for number, pipe in enumerate(pipes):
        os.dup2(pipe.detach(), number)
    os.closerange(3, 1024)  # the fork server's own: a submission that writes to every descriptor would end it
    from grader.worker.__main__ import main

    main()


class _Pipes:
    """Three descriptors that survive the way to a forked process."""

    def __init__(self, *descriptors: int) -> None:
        self.descriptors = descriptors

    def __reduce__(self) -> tuple[Any, ...]:
        return (list, ([DupFd(descriptor) for descriptor in self.descriptors],))


class WarmSandbox:
    """One worker, as `grader.sandbox.base.Sandbox`."""

    def __init__(self) -> None:
        (child_in, near_in), (near_out, child_out), (near_err, child_err) = os.pipe(), os.pipe(), os.pipe()
        self._process = _context.Process(target=_serve, args=(_Pipes(child_in, child_out, child_err),))
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
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.join()
        for pipe in (self.stdin, self.stdout, self.stderr):
            pipe.close()


class WarmBackend:
    """As `grader.sandbox.base.Backend`."""

    name = "warm"

    def unavailable(self) -> str | None:
        return None

    def launch(self, spec: object) -> WarmSandbox:  # noqa: ARG002 - nothing of it applies
        return WarmSandbox()
