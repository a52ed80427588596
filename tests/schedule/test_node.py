"""A node checks itself before it executes a task. Where it may not execute one, the task is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.errors import SandboxUnavailable
from grader.model import Execution
from grader.sandbox.base import SandboxSpec
from grader.schedule import node
from grader.schedule.base import Done, Place, Task
from grader.schedule.node import Demands, difference, execute_here, installed, refusal
from grader.schedule.shipping import pack
from tests.testing.jobs import NoisyInputs, job, submission
from tests.testing.warm import WarmBackend

HERE = tuple(installed().items())


@pytest.fixture(autouse=True)
def _a_process_of_its_own() -> Iterator[None]:
    """Forget the check, which a node makes once in each process."""
    node._admitted.cache_clear()
    yield
    node._admitted.cache_clear()


def test_the_same_installation_is_admitted() -> None:
    """A node with the same installation is admitted. An installation names all that an observation depends on."""
    assert difference(installed(), installed()) is None
    assert list(installed()) == ["perceptron-grader", "Python", "torch", "numpy", "the code that observes"]
    assert all(installed().values())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"torch": "1.0"}, ["torch 1.0", f"torch {installed()['torch']}", "install the same"]),
        ({"torch": "", "the code that observes": ""}, ["no torch", f"torch {installed()['torch']}"]),
        ({"perceptron-grader": "0.0.1"}, ["perceptron-grader 0.0.1", "install the same"]),
        ({"the code that observes": "ab" * 32}, ["other code", "same commit"]),
    ],
    ids=["another torch", "no torch", "another version", "another commit"],
)
def test_another_installation_is_refused(changes: dict[str, str], said: list[str]) -> None:
    """A node with another installation is refused. One line says what it has, what the driver has, and what to do."""
    line = difference(installed() | changes, installed())
    assert line is not None
    assert "\n" not in line
    assert [word for word in said if word not in line] == []


def test_a_missing_package_is_found() -> None:
    """A package that is not installed has no version. Then nothing says what would be observed."""
    original, node._PACKAGES = node._PACKAGES, ("no-such-package",)
    try:
        assert installed()["no-such-package"] == installed()["the code that observes"] == ""
    finally:
        node._PACKAGES = original


def test_a_node_without_the_sandbox_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node without the sandbox refuses its tasks.

    It takes no other sandbox and starts nothing. The task is a fault with the reason.
    """
    asked: list[str] = []

    def choose(name: str) -> None:
        asked.append(name)
        raise SandboxUnavailable(f"--sandbox {name} does not work here: bwrap is not installed")

    monkeypatch.setattr(node, "choose", choose)
    monkeypatch.setattr(node, "execute", lambda *_: pytest.fail("it was executed"))
    demands = Demands("bwrap", HERE)
    assert refusal(demands) == "--sandbox bwrap does not work here: bwrap is not installed"
    done = execute_here(*_sent("anna", demands))
    assert (done.name, done.execution.outcomes) == ("anna", {})
    assert "bwrap is not installed" in str(done.execution.fault)
    assert asked == ["bwrap"]  # a process asks only once


def test_a_node_of_another_version_refuses() -> None:
    """A node of another version refuses its tasks. They are faults, as lost ones are."""
    fault = execute_here(*_sent("anna", Demands("none", (("torch", "0.1"),)))).execution.fault
    assert fault is not None
    assert "refuses: it has torch" in fault


def _sent(name: str, demands: Demands, **changes: object) -> tuple[object, Demands, list[object]]:
    task = Task(name, replace(job(submission()), **changes), NoisyInputs())  # type: ignore[arg-type]
    packed, large = pack(task)
    return packed, demands, large  # type: ignore[return-value]


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Task, Place]]:
    """Return the tasks that would be executed. The node is three times as slow as the reference machine."""
    tasks: list[tuple[Task, Place]] = []

    def execute(task: Task, place: Place) -> Done:
        tasks.append((task, place))
        return Done(task.name, Execution({}))

    monkeypatch.setattr(node, "execute", execute)
    monkeypatch.setattr(node, "choose", lambda name: WarmBackend())
    monkeypatch.setattr(node, "machine_factor", lambda: 3.0)
    return tasks


@pytest.mark.parametrize(
    ("driver", "scaled", "factor"),
    [(2.0, True, 6.0), (9.0, True, 9.0), (1.0, False, 1.0)],
    ids=["slower node", "slower driver", "limit named in seconds"],
)
def test_limits_are_those_of_the_slower_machine(
    driver: float, scaled: bool, factor: float, executed: list[tuple[Task, Place]]
) -> None:
    """Limits are those of the slower machine. One thread is half of the reference machine.

    Limits stand in the execution, so that a later run knows them; whoever names seconds means them.
    """
    execute_here(*_sent("anna", Demands("warm", HERE, scaled), time_factor=driver))
    ((task, _),) = executed
    assert task.job.time_factor == factor


@pytest.mark.parametrize(("device", "told"), [("cuda", "2"), ("cpu", None)])
def test_a_sandbox_is_told_which_card_is_its_own(
    device: str, told: str | None, executed: list[tuple[Task, Place]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox is told which card Ray gave to its task. Otherwise all would use the first."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    specs: list[SandboxSpec] = []
    monkeypatch.setattr(WarmBackend, "launch", lambda self, spec: specs.append(spec))
    execute_here(*_sent("anna", Demands("warm", HERE), device=device))
    ((_, place),) = executed
    place.backend.launch(SandboxSpec(("true",), (), environment={"OMP_NUM_THREADS": "1"}))
    assert specs[0].environment.get("CUDA_VISIBLE_DEVICES") == told
    assert specs[0].environment["OMP_NUM_THREADS"] == "1"
