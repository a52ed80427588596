"""Tasks one after the other, in the caller's thread. It is the simplest engine, and the one to test others against."""

from __future__ import annotations

from collections import deque

from grader.schedule.base import Done, Place, Task
from grader.schedule.execute import execute


class SerialEngine:
    """Executes a task when its end is asked for."""

    name = "serial"
    slots = 1

    def __init__(self, place: Place) -> None:
        self._place = place
        self._waiting: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self._waiting.append(task)

    def next(self) -> Done | None:
        """Execute the task that has waited longest."""
        return execute(self._waiting.popleft(), self._place) if self._waiting else None

    def close(self) -> None:
        """Forget what waits. Whatever runs is ended by the exception that leaves `next`."""
        self._waiting.clear()
