"""The interface of sandboxes: confined process trees.

A sandbox is one long-lived tree, shut in, spoken to over three pipes.

A *backend* launches a command in confinement and hands back a `Sandbox`. It knows nothing of torch, of the
protocol or of grading: it starts a tree, counts what it uses and kills it as one. All clocks are kept by the
caller (`schedule`), which calls `kill` when a limit is reached.

The command talks data over stdin and stdout. stderr is whatever the submission prints; it is for display only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from grader.protocol.limits import Limits

if TYPE_CHECKING:
    from grader.sandbox.fork_server import ForkServer


@dataclass(frozen=True)
class SandboxSpec:
    """The command to run, and what it may see.

    Everything not named in `readable` is invisible or at least unreadable, `hidden` wins over `readable`.
    The environment is exactly `environment` plus what the backend needs (PATH, HOME, TMPDIR, …): nothing is
    inherited from the grader's own. Where a backend can, it begins in a process forked from `server` instead of
    executing `argv`, which is to start an interpreter like the server's.
    """

    argv: tuple[str, ...]
    readable: tuple[Path, ...]
    hidden: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    gpu: bool = False
    server: ForkServer | None = None


class Sandbox(Protocol):
    """A running sandbox. `stdin`, `stdout`, `stderr` are unbuffered binary pipes owned by the caller."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    def memory_bytes(self) -> int:
        """Return the memory of the whole tree now. It is 0 when nothing of it lives."""
        ...

    def exceeded(self) -> str | None:
        """Return the limit that the tree has exceeded. It is "memory", "scratch" or "processes"; None while within all.

        Cheap (about a millisecond): the caller asks several times a second and kills on an answer.
        """
        ...

    def poll(self) -> int | None:
        """Return the first process's exit status. It is as of `subprocess.Popen.poll`."""
        ...

    def kill(self) -> None:
        """End every process of the tree, and clean up.

        Wait until none is left, and remove its scratch space. Safe to repeat.
        """
        ...


class Backend(Protocol):
    """One way to shut a process in. A backend is a file and a line in the registry."""

    name: str
    by_name_alone: bool
    """Whether it has to be asked for by name. It is never what "auto" takes."""
    forks: bool
    """Whether it can confine a fork of the fork server. Then torch is imported once for all sandboxes."""

    def unavailable(self) -> str | None:
        """Return None where the self-check passes on this machine.

        Otherwise one line: what failed, and what to install or change. The check runs a real probe in the
        sandbox (reading a secret file, the environment, reaching a loopback listener); it never trusts
        version strings.
        """
        ...

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Start `spec.argv` in confinement.

        Raises:
            GraderFault: the process could not be started.
        """
        ...
