"""The engine for clusters gives every task back once.

It runs on a real cluster that loses a node, and on a stand-in for Ray.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from grader.errors import UsageError
from grader.schedule import registry
from grader.schedule.registry import check
from tests.testing import ray_cluster
from tests.testing.imports import MODULES, ROOT, imports
from tests.testing.jobs import NoisyInputs, job, submission

HAS_RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not HAS_RAY, reason="ray is not installed")

on_a_cluster = pytest.mark.timeout(600)
"""The time limit of tests on a real cluster.

The first starts it, which takes a minute, or several on a busy machine.
"""


def test_ray_is_known_to_its_engine_alone() -> None:
    """Only the engine for Ray imports it. No other module does, not even late."""
    assert {module for module in MODULES for name, _ in imports(module) if name.split(".")[0] == "ray"} == {
        "grader.schedule.ray"
    }


def test_an_address_without_a_cluster_engine_is_wrong_usage() -> None:
    """`--address` without an engine for clusters is refused. The line names the engine that would join the cluster."""
    with pytest.raises(UsageError, match=r"--address 10.0.0.1:6379: --engine local stays .* add --engine ray"):
        check("local", "10.0.0.1:6379")
    check("local", None)


def test_a_missing_ray_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing Ray is told with how to install it. Nothing is loaded before."""
    monkeypatch.setattr(registry, "CLUSTERS", {"ray": "no_such_package"})
    with pytest.raises(UsageError, match=r"no_such_package is not installed here: pip install 'perceptron-grader\["):
        check("ray", None)


class StandIn:
    """A stand-in for Ray, without processes. `answers` are the ends of tasks by name; "later" waits."""

    def __init__(self, answers: dict[str, Any] | None = None, **resources: float) -> None:
        self.answers, self.resources = answers or {}, {"CPU": 4.0, **resources}
        self.put_arrays: list[Any] = []
        self.options_given: list[dict[str, Any]] = []
        self.cancelled: list[tuple[str, bool]] = []
        self.begun_in: list[Path] = []
        self.shut_down = 0

    def init(self, **options: Any) -> None:
        self.begun_in.append(Path.cwd())
        self.options_given.append(options)

    def shutdown(self) -> None:
        self.shut_down += 1

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "NodeID": "ab" * 28, "NodeManagerAddress": "10.0.0.2", "Resources": self.resources}]

    def cluster_resources(self) -> dict[str, float]:
        return self.resources

    def put(self, array: Any) -> str:
        self.put_arrays.append(array)
        return f"reference {len(self.put_arrays)}"

    def remote(self, function: Any) -> Any:  # noqa: ARG002 - it runs nowhere
        stand_in = self

        class Remote:
            def options(self, **options: Any) -> Any:
                stand_in.options_given.append(options)
                return self

            def remote(self, first: Any, *_: Any) -> str:
                return str(getattr(first, "name", "check"))

        return Remote()

    def wait(self, references: list[str], num_returns: int = 1, **_: float) -> tuple[list[str], list[str]]:
        ready = [one for one in references if self.answers.get(one) != "later"]
        return ready[:num_returns], []

    def get(self, reference: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - nothing takes long
        from grader.model import Execution
        from grader.schedule.base import Done

        answer = self.answers.get(reference)
        if isinstance(answer, Exception):
            raise answer
        return answer if reference == "check" else Done(reference, Execution({}))

    def cancel(self, reference: str, *, force: bool) -> None:
        self.cancelled.append((reference, force))


def engine_on(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, **place: Any) -> Any:
    """Start the engine on a stand-in for Ray."""
    from grader.schedule import ray as module
    from grader.schedule.base import Place
    from tests.testing.warm import WarmBackend

    monkeypatch.setattr(module, "ray", stand_in)
    return module.RayEngine(Place(WarmBackend(), lambda *heard: None, **place))


def task(name: str, **changes: Any) -> Any:
    """Return a task with this name."""
    from dataclasses import replace

    from grader.schedule.base import Task

    return Task(name, replace(job(submission()), **changes), NoisyInputs())


@needs_ray
def test_a_task_that_ray_gives_up_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that Ray loses is a fault. Every task comes back once, and nothing is raised."""
    lost = RuntimeError("\nThe node died.\n  a trace\n  of many lines")
    engine = engine_on(StandIn({"lost": lost}), monkeypatch)
    for name in ("first", "lost", "last"):
        engine.submit(task(name))
    faults = {done.name: done.execution.fault for done in iter(engine.next, None)}
    assert faults == {"first": None, "lost": "the cluster lost it (RuntimeError): The node died.", "last": None}


@needs_ray
def test_a_task_that_cannot_be_sent_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that cannot be sent is a fault. On a cluster without cards it would wait for ever."""
    engine = engine_on(StandIn(), monkeypatch)
    engine.submit(task("on a card", device="cuda"))
    (done,) = iter(engine.next, None)
    assert done.name == "on a card"
    assert "no node of the cluster has a graphics card: use --device cpu" in str(done.execution.fault)


@needs_ray
def test_a_task_asks_for_what_it_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task asks Ray for processors and a part of a card. It also asks to be run again where a node is lost."""
    stand_in = StandIn(GPU=2.0)
    engine = engine_on(stand_in, monkeypatch)
    engine.submit(task("plain", threads=2))
    engine.submit(task("on a card", device="cuda"))
    plain, card = stand_in.options_given[-2:]
    assert plain == {"num_cpus": 2, "num_gpus": 0, "max_retries": 3}
    assert card == {"num_cpus": 1, "num_gpus": 0.25, "max_retries": 3}
    assert engine.slots == 8  # a task for each of four processors, and as many waiting


@needs_ray
def test_a_node_that_refuses_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that refuses ends the run before any task.

    One line tells its address and the reason, and the cluster is left.
    """
    for answer, said in (
        ("it has torch 1.0, the driver torch 2.0: install the same on both", "10.0.0.2 refuses: it has torch 1.0"),
        (ModuleNotFoundError("No module named 'grader'"), "install perceptron-grader"),
    ):
        stand_in = StandIn({"check": answer})
        with pytest.raises(UsageError, match=said):
            engine_on(stand_in, monkeypatch)
        assert stand_in.shut_down == 1


@needs_ray
def test_a_cluster_without_processors_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster without processors is refused at once. The engine would wait for ever."""
    with pytest.raises(UsageError, match="no node of the cluster has a processor"):
        engine_on(StandIn(CPU=0.0), monkeypatch)


@needs_ray
@pytest.mark.parametrize("address", ["10.0.0.1", "ray://10.0.0.1:10001", "10.0.0.1:port", ":6379", "127.0.0.1:1"])
def test_an_address_where_no_ray_is_is_told_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address without Ray is refused at once.

    It may be no address, or nothing answers; Ray itself would take minutes to tell.
    """
    stand_in = StandIn()
    with pytest.raises(UsageError, match=f"--address {address}: no"):
        engine_on(stand_in, monkeypatch, address=address)
    assert stand_in.begun_in == []


@needs_ray
@pytest.mark.parametrize("address", [None, "auto", "HERE"])
def test_ray_is_started_or_joined_quietly(address: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ray starts or joins without dashboard, logs and statistics.

    Without an address it starts its own; workers don't import from the current folder.
    """
    stand_in = StandIn()
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as head:
        address = f"127.0.0.1:{head.getsockname()[1]}" if address == "HERE" else address
        engine_on(stand_in, monkeypatch, address=address)
    options = stand_in.options_given[0]
    assert options["address"] == (address or "local")
    assert options["log_to_driver"] is False
    assert options.get("include_dashboard") is (False if address is None else None)
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert stand_in.begun_in == [Path("/")]
    assert Path.cwd() == tmp_path


@needs_ray
def test_closing_cancels_what_is_outstanding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing cancels what is outstanding, at last by force.

    First a task may end its sandbox; closing twice does no harm.
    """
    stand_in = StandIn({"runs": "later"})
    engine = engine_on(stand_in, monkeypatch)
    engine.submit(task("runs"))
    engine.close()
    engine.close()
    assert stand_in.cancelled == [("runs", False), ("runs", True)]
    assert stand_in.shut_down == 1
    assert engine.next() is None


@needs_ray
def test_a_cluster_that_is_gone_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that is gone can be closed. Its tasks do not run any more, and results so far are kept."""
    stand_in = StandIn({"runs": "later"})
    engine = engine_on(stand_in, monkeypatch)
    engine.submit(task("runs"))

    def gone(*_: object, **__: object) -> None:
        raise ConnectionError("the cluster is gone")

    monkeypatch.setattr(stand_in, "cancel", gone)
    engine.close()
    assert stand_in.shut_down == 1


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Tell what happened on a cluster that lost a node. It has a head and two nodes, of which one is killed."""
    if not HAS_RAY:
        pytest.skip("ray is not installed")
    if not ray_cluster.can_make_network():
        pytest.skip("no network namespace can be made here")
    folder, temporary = tmp_path_factory.mktemp("batch"), tmp_path_factory.mktemp("t")
    (folder / "msgspec.py").write_text(f"open({str(folder / 'imported')!r}, 'w')\n", encoding="utf-8")
    done = subprocess.run(
        ray_cluster.network("-P", "-m", "tests.testing.ray_cluster"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=560,
        check=False,
    )
    if done.returncode == ray_cluster.NOT_STARTED:
        pytest.skip("Ray does not start here in time: this machine is too busy")
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = done.stdout.splitlines()  # Ray prints nothing to stdout
    found: dict[str, Any] = json.loads(line)
    return found | {"imported": (folder / "imported").exists()}


@on_a_cluster
def test_a_lost_node_costs_nobody_anything(seen: dict[str, Any]) -> None:
    """A lost node costs nobody anything. Each task comes back once, without a fault, as it would have come here."""
    lost = seen["lose a node"]
    assert lost["busy"] == [True, True]
    assert sorted(lost["names"]) == ray_cluster.NAMES
    assert lost["faults"] == []
    assert lost["observed"] == dict.fromkeys(ray_cluster.NAMES, seen["local"])
    assert {kind for kind, _ in seen["local"].values()} == {"ok"}


@on_a_cluster
def test_the_data_set_is_sent_once(seen: dict[str, Any]) -> None:
    """The data set is sent once for all tasks. It is the images to train on and to test with."""
    assert seen["lose a node"]["arrays sent"] == 2


@on_a_cluster
def test_closing_leaves_nothing_on_a_node(seen: dict[str, Any]) -> None:
    """Closing leaves nothing on a node.

    No process and no scratch folder is left; whoever waits is told that no task will come.
    """
    closed = seen["close early"]
    assert closed["running"]
    assert not closed["left"]
    assert closed["scratch"] == []
    assert not closed["waits"]
    assert closed["next"] is None
    assert set(closed["answers"]) <= {None, True}


@on_a_cluster
def test_workers_import_nothing_from_where_the_grader_is(seen: dict[str, Any]) -> None:
    """Workers import nothing from the current folder.

    It may be a folder of submissions. SIGTERM still means what it did.
    """
    assert not seen["imported"]
    assert seen["handler kept"]
