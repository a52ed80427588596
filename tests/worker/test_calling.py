"""A submission is always called in the same way.

That is from the main thread, through one frame, in the caller's modes.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.worker.calling import call, serve


def served(examine: Callable[[], Any]) -> Any:
    """Run `examine` in the thread of the probes."""
    results = []
    serve(lambda: results.append(examine()))
    return results[0]


def callers() -> list[str]:
    """Return the files of all frames of this thread."""
    frame, found = sys._getframe(1), []
    while frame is not None:
        found.append(frame.f_code.co_filename)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def probe_of_one_kind() -> list[str]:
    """Call the submission as a probe does."""
    return call(callers)


def probe_of_another() -> list[str]:
    """Call the submission by a longer way."""
    return next(call(callers) for _ in range(1))


def test_every_probe_looks_the_same_to_those_it_calls() -> None:
    """Every probe looks the same to what it calls. Neither the probe nor its thread is in the call stack."""
    assert served(probe_of_one_kind) == served(probe_of_another)
    assert served(lambda: call(threading.current_thread)) is threading.main_thread()
    assert served(threading.current_thread) is not threading.main_thread()


def test_the_modes_of_the_caller_come_along() -> None:
    """A call keeps the caller's gradient mode. In torch that mode belongs to the thread."""

    def examine() -> tuple[bool, bool]:
        with torch.no_grad():
            without = call(torch.is_grad_enabled)
        return without, call(torch.is_grad_enabled)

    assert served(examine) == (False, True)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_is_raised_is_raised_where_the_call_was_made(error: type[BaseException]) -> None:
    """An exception is raised where the call was made.

    A probe sees those of the submission; those of the probe end the phase.
    """

    def fails() -> None:
        raise error("no")

    def examine() -> str:
        with pytest.raises(error, match="no"):
            call(fails)
        return "seen"

    assert served(examine) == "seen"
    with pytest.raises(error, match="no"):
        serve(fails)


def test_calls_within_calls_and_without_anybody_who_serves() -> None:
    """Calls within calls and outside a phase are plain calls."""
    assert served(lambda: call(call, call, max, 1, 2)) == 2
    assert call(max, 1, 2) == 2
