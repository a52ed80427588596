"""Registry entries that are imported when used. So their names cost a command line nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def late(place: str) -> Callable[..., Any]:
    """Make a function that imports its target when called.

    The target is `place` ("package.module:name"); it is called, and what it returns is returned.
    """
    module, _, name = place.partition(":")

    def call(*arguments: Any) -> Any:
        """Import the target and call it."""
        return getattr(importlib.import_module(module), name)(*arguments)

    return call
