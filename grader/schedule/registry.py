"""All engines by name. A new engine is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.errors import UsageError
from grader.schedule.base import Engine, Place
from grader.schedule.local import LocalEngine
from grader.schedule.serial import SerialEngine

ENGINES: Mapping[str, Callable[[Place], Engine]] = {
    "local": LocalEngine,
    "serial": SerialEngine,
}


def start(name: str, place: Place) -> Engine:
    """The engine called `name`, which executes its tasks in `place`.

    Raises:
        UsageError: there is no engine of that name.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine is called {name!r}: choose one of {', '.join(ENGINES)}")
    return ENGINES[name](place)
