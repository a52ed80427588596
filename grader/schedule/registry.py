"""All engines by name. A new engine is a file in this folder and a line here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.schedule.base import Engine, Place


def _late(module: str, name: str) -> Callable[[Place], Engine]:
    """Import an engine's file when it is started: its name alone costs a command line nothing."""

    def make(place: Place) -> Engine:
        """Import the engine and start one."""
        engine: Engine = getattr(importlib.import_module(f"grader.schedule.{module}"), name)(place)
        return engine

    return make


ENGINES: Mapping[str, Callable[[Place], Engine]] = {
    "local": _late("local", "LocalEngine"),
    "serial": _late("serial", "SerialEngine"),
}
"""The first is the one that is taken where none is named."""


def start(name: str, place: Place) -> Engine:
    """The engine called `name`, which executes its tasks in `place`.

    Raises:
        UsageError: there is no engine of that name.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine is called {name!r}: choose one of {', '.join(ENGINES)}")
    return ENGINES[name](place)
