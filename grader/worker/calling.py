"""Calls the submission's code from always the same callers.

It sees the same ones whatever it is called for.

While a phase runs, the probes are in a thread of their own, and all that is the submission's is called from the main
thread, through one frame. A network that looks at the call stack cannot tell one probe from another, and finds itself
where programs are used to be: signals and event loops work as ever. Where nobody serves, as in the students' own tests,
a call is a call.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

ResultT = TypeVar("ResultT")


@dataclass
class _Request:
    """One call, its thread's torch state, and its result."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    gradients: bool = field(default_factory=torch.is_grad_enabled)
    modes: list[Any] = field(default_factory=_get_current_dispatch_mode_stack)
    result: Any = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def carry_out(self) -> None:
        """Call the function under the caller's modes. Whatever it raises is kept."""
        with contextlib.ExitStack() as state:
            for mode in self.modes:
                state.enter_context(mode)
            if not self.gradients:
                state.enter_context(torch.no_grad())
            try:
                self.result = self.function(*self.arguments)
            except BaseException as error:  # noqa: BLE001 - it is raised again where the call was made
                self.error = error


class _Desk:
    """Hands calls from one thread to another.

    The thread of the probes hands requests in, the main thread carries them out.
    """

    def __init__(self) -> None:
        self.requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self.examiner = 0
        self.failed: BaseException | None = None


_desks: list[_Desk] = []


def call(function: Callable[..., ResultT], *arguments: Any) -> ResultT:
    """`function(*arguments)`, from the main thread where that serves. Raises whatever it raises."""
    if not _desks or threading.get_ident() != _desks[-1].examiner:
        return function(*arguments)
    request = _Request(function, arguments)
    _desks[-1].requests.put(request)
    request.done.wait()
    if request.error is not None:
        raise request.error
    result: ResultT = request.result
    return result


def serve(examine: Callable[[], None]) -> None:
    """Run `examine` in a thread, serving its calls here.

    It returns when `examine` has come to its end. Raises what it raises.
    """
    desk = _Desk()

    def run() -> None:
        desk.examiner = threading.get_ident()
        try:
            examine()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the main thread
            desk.failed = error
        finally:
            desk.requests.put(None)

    _desks.append(desk)
    thread = threading.Thread(target=run, name="examiner", daemon=True)
    thread.start()
    try:
        while (request := desk.requests.get()) is not None:
            request.carry_out()
            request.done.set()
    finally:
        _desks.pop()
    thread.join()
    if desk.failed is not None:
        raise desk.failed
