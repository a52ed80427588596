"""Several tasks at a time on this machine.

There is a thread for each slot, which waits for its sandbox most of the time.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from grader.errors import GraderFault
from grader.sandbox.base import Backend, Sandbox, SandboxSpec
from grader.schedule.base import AroundBackend, Done, Place, Task
from grader.schedule.execute import execute


class _Closing(AroundBackend):
    """A backend that can be closed. All that it has launched ends then, and nothing more is launched."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._lock = threading.Lock()
        self._launched: list[Sandbox] = []
        self._closed = False

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Launch a sandbox, which `close` ends if necessary. That is so if nobody has ended it before."""
        if self._closed:
            raise GraderFault("the engine is closed")
        sandbox = self._backend.launch(spec)
        with self._lock:
            self._launched = [one for one in self._launched if one.poll() is None]
            self._launched.append(sandbox)
            closed = self._closed
        if closed:  # while it was launched
            sandbox.kill()
        return sandbox

    def close(self) -> None:
        """End everything at once. A sandbox that cannot be ended keeps none of the others from it."""
        with self._lock:
            self._closed = True
            launched, self._launched = self._launched, []
        if not launched:
            return
        with ThreadPoolExecutor(len(launched)) as threads:  # each is waited for until it has ended
            ends = [threads.submit(sandbox.kill) for sandbox in launched]
        for end in ends:
            end.result()


class LocalEngine:
    """Executes one task per slot at a time. Tasks begin in the order in which they were submitted."""

    name = "local"

    def __init__(self, place: Place) -> None:
        self.slots = place.slots
        self._backend = _Closing(place.backend)
        self._place = replace(place, backend=self._backend)
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | None] = queue.SimpleQueue()
        self._outstanding = 0
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(place.slots)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            self._done.put(execute(task, self._place))

    def submit(self, task: Task) -> None:
        """Hand `task` to the next slot that is free."""
        self._outstanding += 1
        self._waiting.put(task)

    def next(self) -> Done | None:
        """Wait for the next task to end."""
        if not self._outstanding:
            return None
        done = self._done.get()
        if done is None:  # closed meanwhile
            self._outstanding = 0
        else:
            self._outstanding -= 1
        return done

    def close(self) -> None:
        """End what runs, and forget what waits. Wait until the slots have noticed."""
        self._backend.close()
        with contextlib.suppress(queue.Empty):  # a slot may take the last one from under us
            while True:
                self._waiting.get_nowait()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._outstanding = 0
        self._done.put(None)
