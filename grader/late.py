"""Registries whose entries are imported when they are used, so that their names cost a command line nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def late(place: str) -> Callable[..., Any]:
    """Make a function that imports what `place` ("package.module:name") names, calls it and returns what it returns."""
    module, _, name = place.partition(":")

    def call(*arguments: Any) -> Any:
        """Import it and call it."""
        return getattr(importlib.import_module(module), name)(*arguments)

    return call
