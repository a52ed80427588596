"""All backends by name, and the choice among them. A new backend is a file in `backends` and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.errors import SandboxUnavailable, UsageError
from grader.late import late
from grader.sandbox.base import Backend
from grader.sandbox.place import problem_with_place

BACKENDS: Mapping[str, Callable[[], Backend]] = {
    "bwrap": late("grader.sandbox.backends.bwrap:BwrapBackend"),
    "landlock": late("grader.sandbox.backends.landlock:LandlockBackend"),
    "sandbox-exec": late("grader.sandbox.backends.sandbox_exec:SandboxExecBackend"),
    "container": late("grader.sandbox.backends.container:ContainerBackend"),
    "none": late("grader.sandbox.backends.none:NoBackend"),
}
"""All backends, in the order that "auto" tries. It tries those that it may take."""


def can_fork(name: str) -> bool:
    """Whether a backend is likely to use forks.

    The backend is the one called `name`, or what "auto" takes; it begins in forks of the fork server.
    """
    from grader.sandbox import fork_server

    if name == "auto":
        return fork_server.supported()
    return name in BACKENDS and BACKENDS[name]().forks


def choose(name: str) -> Backend:
    """Make the backend called `name`. For "auto" it is the strongest whose self-check passes.

    Raises:
        UsageError: there is no backend of that name.
        SandboxUnavailable: it does not confine on this machine, or none does; says why and what would help.
    """
    if name not in ("auto", *BACKENDS):
        raise UsageError(f"--sandbox {name}: unknown; choose auto or one of {', '.join(BACKENDS)}")
    if problem := problem_with_place():  # each would say the same
        raise SandboxUnavailable(problem)
    if name != "auto":
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
