"""All engines by name. A new engine is a file in this folder and a line here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.late import late

if TYPE_CHECKING:
    from grader.schedule.base import Engine, Place


ENGINES: Mapping[str, Callable[[Place], Engine]] = {
    "local": late("grader.schedule.local:LocalEngine"),
    "serial": late("grader.schedule.serial:SerialEngine"),
    "ray": late("grader.schedule.ray:RayEngine"),
}
"""The first is the one that is taken where none is named."""

CLUSTERS: Mapping[str, str] = {"ray": "ray"}
"""The engines that execute on the nodes of a cluster, each with the package that it needs and an extra is called by."""


def check(name: str, address: str | None, *, jobs: int | None = None) -> None:
    """Find out before anything is loaded whether the engine called `name` can be started.

    Args:
        name: of the registry.
        address: of the cluster to join, if one was named.
        jobs: submissions at a time, if a number was named.

    Raises:
        UsageError: it joins no cluster and there is an address, it joins one and there is a number of jobs, or what it
            needs is not installed.
    """
    if name not in CLUSTERS:
        if address is not None:
            raise UsageError(f"--address {address}: --engine {name} stays on this machine; add --engine ray")
    elif jobs is not None:
        raise UsageError(
            f"--jobs {jobs}: with --engine {name} the cluster decides how many run at a time; leave it out"
        )
    elif importlib.util.find_spec(CLUSTERS[name]) is None:
        extra = f"perceptron-grader[{CLUSTERS[name]}]"
        raise UsageError(f"--engine {name}: {CLUSTERS[name]} is not installed here: pip install '{extra}'")


def start(name: str, place: Place) -> Engine:
    """The engine called `name`, which executes its tasks in `place`.

    Raises:
        UsageError: there is no engine of that name.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine is called {name!r}: choose one of {', '.join(ENGINES)}")
    return ENGINES[name](place)
