"""Every registered engine passes the same tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from grader.errors import UsageError
from grader.protocol.messages import Progress
from grader.sandbox.base import Sandbox
from grader.schedule.base import Done, Engine, Place, Task
from grader.schedule.registry import CLUSTERS, ENGINES, start
from tests.testing.jobs import NET, NoisyInputs, job, submission
from tests.testing.warm import WarmBackend, WarmSandbox

SLEEPER = "import time\ntime.sleep(600)\n"
Make = Callable[..., Engine]


class WatchedBackend(WarmBackend):
    """A backend that remembers its sandboxes and fails where told."""

    def __init__(self, *failing: int) -> None:
        self.launched: list[WarmSandbox] = []
        self.launches, self.failing = 0, failing
        self.began = threading.Event()

    def launch(self, spec: object) -> WarmSandbox:
        self.launches += 1
        if self.launches in self.failing:
            raise OSError(28, "No space left on device")
        self.launched.append(super().launch(spec))
        self.began.set()
        return self.launched[-1]

    def running(self) -> list[Sandbox]:
        """Return the sandboxes that have not ended."""
        return [sandbox for sandbox in self.launched if sandbox.poll() is None]


def task(name: str, **sources: str) -> Task:
    """Return a task that looks at a submission's structure."""
    return Task(name, job(submission(**sources)), NoisyInputs())


def all_of(engine: Engine) -> list[Done]:
    """Return all outstanding tasks in the order of their ends."""
    return list(iter(engine.next, None))


HERE = [name for name in ENGINES if name not in CLUSTERS]
"""Engines that execute in this process. The others are tested in `test_ray`."""


@pytest.fixture(params=HERE)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Start each engine in turn, and close it at the end. Use it as `make(backend, slots=…, listener=…)`."""
    engines: list[Engine] = []

    def made(backend: WarmBackend, *, slots: int = 1, listener: object = lambda *heard: None) -> Engine:
        engines.append(start(request.param, Place(backend, listener, slots)))  # type: ignore[arg-type]
        return engines[-1]

    yield made
    for engine in engines:
        engine.close()


def test_an_engine_is_called_as_it_is_registered(make: Make) -> None:
    """An engine has the name that the command line uses. It has at least one slot."""
    engine = make(WatchedBackend())
    assert engine.name in ENGINES
    assert engine.slots >= 1


def test_nothing_comes_of_nothing(make: Make) -> None:
    """Without a task there is nothing to wait for."""
    assert make(WatchedBackend()).next() is None


def test_each_task_comes_back_once(make: Make) -> None:
    """Each task comes back once, with its observations. It has its own name, and then nothing is outstanding."""
    engine = make(WatchedBackend(), slots=2)
    names = ["first", "second", "third"]
    for name in names:
        engine.submit(task(name))
    done = all_of(engine)
    assert sorted(one.name for one in done) == names
    assert [one.execution.fault for one in done] == [None] * 3
    assert all(outcome.kind == "ok" for one in done for outcome in one.execution.outcomes.values())
    assert engine.next() is None


def test_tasks_may_be_submitted_while_others_come_back(make: Make) -> None:
    """Tasks may be submitted while others come back."""
    engine = make(WatchedBackend())
    engine.submit(task("first"))
    first = engine.next()
    assert first is not None
    engine.submit(task("second"))
    (second,) = all_of(engine)
    assert (first.name, second.name) == ("first", "second")


def test_a_fault_is_of_its_task_alone(make: Make) -> None:
    """A fault of the machine concerns one task alone. The others are executed."""
    engine = make(WatchedBackend(2))
    for name in ("first", "second", "third"):
        engine.submit(task(name))
    faults = {one.name: one.execution.fault for one in all_of(engine)}
    assert [name for name, fault in faults.items() if fault] == ["second"]
    assert "No space left on device" in str(faults["second"])


class BrokenInputs:
    """Inputs whose arrays cannot be made."""

    def arrays(self, phase: str, part: int = 0) -> dict[str, object]:  # noqa: ARG002 - all take the same
        raise KeyError(phase)


def test_what_nobody_foresaw_is_a_fault_too(make: Make) -> None:
    """An unforeseen error is a fault of its task. An engine never raises for it."""
    backend = WatchedBackend()
    engine = make(backend)
    engine.submit(Task("task", job(submission()), BrokenInputs()))  # type: ignore[arg-type]
    (done,) = all_of(engine)
    assert done.execution.fault == "KeyError: 'structure'"
    assert backend.running() == []


def test_a_hang_ends_at_its_limit_and_delays_nobody_else(make: Make) -> None:
    """A task that hangs is ended at its limit. The others come back meanwhile."""
    engine = make(WatchedBackend(), slots=2)
    hanging = task("hanging", net=SLEEPER)
    (phase,) = hanging.job.phases
    short = type(phase)(phase.name, phase.probes, 1.0)
    engine.submit(Task("hanging", job(submission(net=SLEEPER), short), NoisyInputs()))
    engine.submit(task("other"))
    done = {one.name: one.execution for one in all_of(engine)}
    assert done["hanging"].outcomes["load"].kind == "timeout"
    assert done["other"].outcomes["load"].kind == "ok"


def test_limits_are_longer_on_a_slower_machine(make: Make) -> None:
    """Limits are longer on a slower machine. The wall-clock limit of a phase is multiplied by how slow it is."""
    engine = make(WatchedBackend())
    slow = job(submission(net="import time\ntime.sleep(2)\n" + NET))
    (phase,) = slow.phases
    short = type(phase)(phase.name, phase.probes, 1.0)
    for name, factor in (("one", 1.0), ("twenty", 20.0)):
        changed = {"phases": (short,), "time_factor": factor}
        engine.submit(Task(name, type(slow)(**{**vars(slow), **changed}), NoisyInputs()))
    kinds = {one.name: one.execution.outcomes["load"].kind for one in all_of(engine)}
    assert kinds == {"one": "timeout", "twenty": "ok"}


def test_its_listener_hears_what_runs(make: Make) -> None:
    """The listener hears each task and phase as it begins."""
    heard: list[tuple[str, str]] = []

    def listen(name: str, phase: str, progress: Progress | None) -> None:
        heard.append((name, phase))

    engine = make(WatchedBackend(), listener=listen)
    engine.submit(task("only"))
    all_of(engine)
    assert heard == [("only", "structure")]


def test_nothing_runs_when_all_is_done(make: Make) -> None:
    """No sandbox runs when all tasks have ended."""
    backend = WatchedBackend()
    engine = make(backend, slots=2)
    for name in ("first", "second"):
        engine.submit(task(name))
    all_of(engine)
    assert len(backend.launched) == 2
    assert backend.running() == []


def test_closing_ends_what_is_outstanding(make: Make) -> None:
    """Closing ends what runs and drops what waits.

    Asking for more then gives nothing; an engine may be closed twice.
    """
    backend = WatchedBackend()
    engine = make(backend, slots=1)
    for name in ("first", "second", "third"):
        engine.submit(task(name, net=SLEEPER))
    begin = time.monotonic()
    if engine.name != "serial":  # the serial engine begins a task when asked for the next
        assert backend.began.wait(30)
    with closing(engine):
        pass
    assert backend.running() == []
    assert backend.launches <= 1
    assert engine.next() is None
    engine.close()
    assert time.monotonic() - begin < 60  # a hang lasts 600 s


@pytest.mark.parametrize("name", [name for name in HERE if name != "serial"])
def test_closing_ends_a_wait(name: str) -> None:
    """Closing ends a wait for a task in another thread. It is told that none will come."""
    backend = WatchedBackend()
    engine = start(name, Place(backend, lambda *heard: None))
    engine.submit(task("sleeper", net=SLEEPER))
    answers: list[Done | None] = []
    waiter = threading.Thread(target=lambda: answers.extend([engine.next(), engine.next()]))
    waiter.start()
    assert backend.began.wait(30)
    engine.close()
    waiter.join(30)
    assert not waiter.is_alive()
    assert [one for one in answers if one is not None and one.execution.fault is None] == []
    assert answers[-1] is None
    assert backend.running() == []


def test_an_unknown_engine_is_named_with_those_there_are() -> None:
    """An unknown engine is refused with the names there are."""
    with pytest.raises(UsageError, match=f"no engine is called 'magic': choose one of {', '.join(ENGINES)}"):
        start("magic", Place(WarmBackend(), lambda *heard: None))
