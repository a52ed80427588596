"""Loads batches in the main process. The sandbox may have no sockets for loader workers to pass tensors through."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

_NEED_WORKERS = ("prefetch_factor", "persistent_workers", "multiprocessing_context", "timeout")


def start_none() -> None:
    """Make `DataLoader(num_workers=n)` start no workers. They would wait for ever. Does nothing without torch."""
    data = sys.modules.get("torch.utils.data")
    if data is None:
        return
    original = data.DataLoader.__init__
    signature = inspect.signature(original)

    @functools.wraps(original)
    def init(*args: Any, **options: Any) -> None:
        given = signature.bind(*args, **options)
        if given.arguments.get("num_workers"):
            print("grader: this sandbox starts no loader workers; num_workers=0 is used", file=sys.stderr)
            given.arguments["num_workers"] = 0
            for name in _NEED_WORKERS:
                given.arguments.pop(name, None)
        original(*given.args, **given.kwargs)

    data.DataLoader.__init__ = init
