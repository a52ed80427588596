"""All backends by name, and the choice among them. A new backend is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.errors import SandboxUnavailable, UsageError
from grader.sandbox.base import Backend
from grader.sandbox.bwrap import BwrapBackend
from grader.sandbox.container import ContainerBackend
from grader.sandbox.landlock import LandlockBackend
from grader.sandbox.none import NoBackend
from grader.sandbox.sandbox_exec import SandboxExecBackend

BACKENDS: Mapping[str, Callable[[], Backend]] = {
    "bwrap": BwrapBackend,
    "landlock": LandlockBackend,
    "sandbox-exec": SandboxExecBackend,
    "container": ContainerBackend,
    "none": NoBackend,
}
"""In the order in which "auto" tries those that it may take."""

_CHOSEN_BY_NAME_ALONE = {"container", "none"}
"""One makes an image and asks a service with rights of its own, the other is the knowing yes to no confinement."""


def choose(name: str) -> Backend:
    """The backend called `name`; for "auto" the strongest whose self-check passes.

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
        if candidate in _CHOSEN_BY_NAME_ALONE:
            continue
        backend = make()
        problem = backend.unavailable()
        if problem is None:
            return backend
        problems.append(f"{candidate}: {problem}")
    raise SandboxUnavailable(
        f"no sandbox confines strangers' code on this machine ({' | '.join(problems)}); "
        "install bubblewrap, or pass --sandbox none for code that you trust"
    )
