"""All backends by name, and the choice among them. A new backend is a file in `backends` and a line here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from grader.errors import SandboxUnavailable, UsageError
from grader.sandbox.base import Backend


def _late(module: str, name: str) -> Callable[[], Backend]:
    """Import a backend's file when it is made: its name alone costs a command line nothing."""

    def make() -> Backend:
        """Import the backend and make one."""
        backend: Backend = getattr(importlib.import_module(f"grader.sandbox.backends.{module}"), name)()
        return backend

    return make


BACKENDS: Mapping[str, Callable[[], Backend]] = {
    "bwrap": _late("bwrap", "BwrapBackend"),
    "landlock": _late("landlock", "LandlockBackend"),
    "sandbox-exec": _late("sandbox_exec", "SandboxExecBackend"),
    "container": _late("container", "ContainerBackend"),
    "none": _late("none", "NoBackend"),
}
"""In the order in which "auto" tries those that it may take."""


def choose(name: str) -> Backend:
    """Make the backend called `name`; for "auto" the strongest whose self-check passes.

    Raises:
        UsageError: there is no backend of that name.
        SandboxUnavailable: it does not confine on this machine, or none does; says why and what would help.
    """
    if name != "auto":
        if name not in BACKENDS:
            raise UsageError(f"--sandbox {name}: unknown; choose auto or one of {', '.join(BACKENDS)}")
        backend = BACKENDS[name]()
        problem = backend.unavailable()
        if problem is not None:
            raise SandboxUnavailable(f"--sandbox {name} does not work here: {problem}")
        return backend
    problems = []
    for candidate, make in BACKENDS.items():
        backend = make()
        if backend.by_name_alone:
            continue
        problem = backend.unavailable()
        if problem is None:
            return backend
        problems.append(f"{candidate}: {problem}")
    raise SandboxUnavailable(
        f"no sandbox confines strangers' code on this machine ({' | '.join(problems)}); "
        "install bubblewrap, or pass --sandbox none for code that you trust"
    )
