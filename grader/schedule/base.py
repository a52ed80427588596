"""The interface of engines. An engine takes tasks, and brings back how each ended, in whatever order they end.

An engine knows tasks and never the context of a run: it decides where, when and how many at a time, and it ends every
sandbox it has started. Judging and storing belong to the pipeline, in its own thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from grader.model import Execution, Job
from grader.protocol.messages import Progress
from grader.sandbox.base import Backend

Listener = Callable[[str, str, Progress | None], None]
"""Receives (task's name, phase, progress of the training). It may be called from any thread."""


class AroundBackend:
    """Base of backends that launch through another one.

    Args:
        backend: the other one.
    """

    def __init__(self, backend: Backend) -> None:
        self.name, self.unavailable = backend.name, backend.unavailable
        self.by_name_alone, self.forks = backend.by_name_alone, backend.forks
        self._backend = backend


class Inputs(Protocol):
    """The data of a job. Nothing that has to stay on the trusted side is in it."""

    def arrays(self, phase: str, part: int = 0) -> Mapping[str, np.ndarray[Any, Any]]:
        """Return the arrays that `phase` may see, no more. Of the queries that is one part."""
        ...


@dataclass(frozen=True)
class Task:
    """A job with its data, as an engine takes it. It can be sent to another machine: it holds no label of a query.

    `name` is unique among the tasks that are outstanding, and is how the listener and `Done` call it.
    """

    name: str
    job: Job
    inputs: Inputs


@dataclass(frozen=True)
class Done:
    """How a task ended. `execution.fault` says so where the grader or its machine failed."""

    name: str
    execution: Execution


@dataclass(frozen=True)
class Place:
    """The setting of an engine.

    It says where tasks are executed, how many at a time if the engine can, and who hears of it.

    Args:
        backend: the sandbox; on other machines the one of the same name.
        listener: hears of what runs. Of what runs on other machines it may hear nothing.
        slots: tasks at a time on this machine.
        address: of the cluster to join; None for this machine.
        scaled: whether limits are longer on other machines that are slower than this one.
        card_share: the part of the memory of the graphics card that each task may take.
    """

    backend: Backend
    listener: Listener
    slots: int = 1
    card_share: float = 1.0
    address: str | None = None
    scaled: bool = True


class Engine(Protocol):
    """One way to execute tasks. An engine is a file and a line in the registry."""

    name: str
    slots: int
    """Tasks it executes at a time, at least 1. More may be submitted; they wait."""

    def submit(self, task: Task) -> None:
        """Take `task` to be executed. Returns at once."""
        ...

    def next(self) -> Done | None:
        """Wait for the next task to end. Return None when nothing is outstanding; each task comes back exactly once.

        Never raises for what a submission, the sandbox or the machine did: that is in `Done`.
        """
        ...

    def close(self) -> None:
        """End every sandbox and forget what is outstanding. Safe to repeat, and from another thread than `next`."""
        ...
