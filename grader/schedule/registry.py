"""All engines by name. A new engine is a file in this folder and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.late import late

if TYPE_CHECKING:
    from grader.schedule.base import Engine, Place


ENGINES: Mapping[str, Callable[[Place], Engine]] = {
    "local": late("grader.schedule.local:LocalEngine"),
    "serial": late("grader.schedule.serial:SerialEngine"),
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
