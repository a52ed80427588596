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
"""All engines by name; the first is the default."""

CLUSTERS: Mapping[str, str] = {"ray": "ray"}
"""The engines for clusters, with their packages. An extra of the grader is called as the package is."""


def check(name: str, address: str | None, *, jobs: int | None = None) -> None:
    """Check whether an engine can be started. Nothing is loaded for that.

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
    """Start the engine called `name` in `place`. It executes its tasks there.

    Raises:
        UsageError: there is no engine of that name.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine is called {name!r}: choose one of {', '.join(ENGINES)}")
    return ENGINES[name](place)
