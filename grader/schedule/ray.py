"""An engine for Ray: a cluster, or this machine. The only module that imports ray.

Ray decides where and when a task runs, by the processors and graphics cards that it asks for, and runs it again where
a node or a worker is lost. It may run a task twice; one answer comes back all the same, since one reference does.
Arrays that many tasks share are put into its object store once, from where each node fetches them once.

What runs on a node is told to nobody: a message for each batch of each training on hundreds of nodes would be the
driver's main occupation.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import ray
import ray._private.worker as ray_worker
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from grader import __version__
from grader.errors import UsageError
from grader.model import Job
from grader.schedule.base import Done, Place, Task
from grader.schedule.node import Demands, execute_here, faulty, installed, refusal
from grader.schedule.shipping import Packed, Raw, pack, place_of

TASKS_PER_GPU = 4
"""Tasks that share one card. A small network keeps a card busy for a part of the time only."""
MAX_RETRIES = 3
"""How often Ray repeats a lost task. Its node or worker was lost."""
_WAITING_PER_RUNNING = 2
"""Waiting tasks for each running one. They are sent ahead, so that no processor waits while the driver judges."""
_LOOK_EVERY_SECONDS = 1.0
_ANSWER_SECONDS = 10.0
_CHECK_SECONDS = 180.0
_END_SECONDS = 10.0
_LONGEST_REASON = 300


def first_line(error: BaseException) -> str:
    """Return the first line of Ray's message. The traces of its workers are left out."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:_LONGEST_REASON]


def needs(job: Job) -> dict[str, float]:
    """Return the resources that `job` needs, by Ray's names. A node has to have them free."""
    return {"CPU": job.threads} | ({} if job.device == "cpu" else {"GPU": 1 / TASKS_PER_GPU})


def _run(packed: Packed, demands: Demands, *large: Raw) -> Done:
    return execute_here(packed, demands, large)


@contextlib.contextmanager
def _as_before() -> Iterator[None]:
    """Restore what Ray changes as it connects. The working directory is kept out of the nodes' way.

    Ray puts the driver's working directory first on the path of every worker, outside of any sandbox: that may be a
    folder of submissions. And it answers SIGTERM itself.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.chdir("/"):
            yield
    finally:
        if in_main_thread:
            signal.signal(signal.SIGTERM, handler)


def _check_address(address: str) -> None:
    """Check that anything answers at HOST:PORT. Ray itself takes minutes to give up.

    Raises:
        UsageError: nothing does, or it is no such address.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise UsageError(f"--address {address}: not HOST:PORT of a cluster's head, as 10.0.0.1:6379, nor auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"--address {address}: no Ray answers there ({error}); `ray start --head` starts one"
        ) from None


def _connect(address: str | None) -> None:
    """Join the cluster at `address`, or start Ray here. It is started where there is no address.

    Raises:
        UsageError: it cannot be reached, or does not start.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Ray tells on stdout, whatever `log_to_driver` says, of each task that it runs again
    ray_worker.print_to_stdstream = lambda *_, **__: None
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    options |= {"address": "local", "include_dashboard": False} if address is None else {"address": address}
    if address not in (None, "auto"):
        _check_address(str(address))
    try:
        with _as_before():
            ray.init(**options)
    except Exception as error:  # noqa: BLE001 - Ray raises what its parts happen to raise
        where = "on this machine" if address is None else f"--address {address}"
        raise UsageError(f"--engine ray, {where}: Ray cannot be reached ({first_line(error)})") from None


def _workplaces() -> dict[str, str]:
    """Return the addresses of nodes with processors. They are by the nodes' ids."""
    nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]
    return {node["NodeID"]: node["NodeManagerAddress"] for node in nodes}


def _check_nodes(demands: Demands) -> None:
    """Check that every node meets the driver's demands.

    Raises:
        UsageError: there is none, or one cannot.
    """
    places = _workplaces()
    if not places:
        raise UsageError("--engine ray: no node of the cluster has a processor; start one with `ray start --address …`")
    check = ray.remote(refusal)
    asked = {
        place: check.options(
            num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        ).remote(demands)
        for node, place in places.items()
    }
    for place, answer in asked.items():
        try:
            problem = ray.get(answer, timeout=_CHECK_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from answering
            problem = (
                f"the grader does not start there ({first_line(error)}): install perceptron-grader[ray] {__version__} "
                "where its Ray is"
            )
        if problem is not None:
            raise UsageError(f"--engine ray: the node {place} refuses: {problem}")


class RayEngine:
    """Executes tasks on all nodes of a cluster.

    There are as many at a time as the nodes have processors and cards for.
    """

    name = "ray"

    def __init__(self, place: Place) -> None:
        self._demands = Demands(place.backend.name, tuple(installed().items()), place.scaled)
        self._closed = threading.Event()
        self._sent: dict[Any, str] = {}
        """The names of outstanding tasks, by Ray's references."""
        self._failed: deque[Done] = deque()
        self._shared: dict[tuple[int, int], tuple[Raw, Any]] = {}
        """Arrays already sent, by their place in memory. They are kept, so that the place is not used again."""
        _connect(place.address)
        try:
            _check_nodes(self._demands)
            self._remote = ray.remote(_run)
            self.slots = self._room({"CPU": 1})
        except BaseException:
            ray.shutdown()
            raise

    @staticmethod
    def _room(needed: dict[str, float]) -> int:
        """Return how many such tasks may be outstanding. It is 0 where no node can execute one."""
        there = ray.cluster_resources()
        return _WAITING_PER_RUNNING * min(int(there.get(name, 0) / amount) for name, amount in needed.items())

    def _share(self, array: Raw) -> Any:
        """Return Ray's reference to `array`. The array is put into its store once."""
        where = place_of(array)
        if where not in self._shared:
            self._shared[where] = (array, ray.put(array))
        return self._shared[where][1]

    def submit(self, task: Task) -> None:
        """Send `task` to the cluster."""
        needed = needs(task.job)
        try:
            room = self._room(needed)
            if not room and "GPU" in needed:
                raise UsageError("no node of the cluster has a graphics card: use --device cpu")
            self.slots = max(1, room)
            packed, large = pack(task)
            remote = self._remote.options(
                num_cpus=needed["CPU"], num_gpus=needed.get("GPU", 0), max_retries=MAX_RETRIES
            )
            reference = remote.remote(packed, self._demands, *map(self._share, large))
        except Exception as error:  # noqa: BLE001 - an engine never raises for a task
            self._failed.append(faulty(task.name, f"it could not be sent to the cluster: {first_line(error)}"))
            return
        self._sent[reference] = task.name

    def next(self) -> Done | None:
        """Wait for the next task to end."""
        if self._failed:
            return self._failed.popleft()
        while self._sent and not self._closed.is_set():
            try:
                ready, _ = ray.wait(list(self._sent), timeout=_LOOK_EVERY_SECONDS)
            except Exception as error:  # noqa: BLE001 - the cluster is gone, or closed by another thread
                return self._fail_one(f"the cluster was lost: {first_line(error)}")
            if ready:
                return self._collect(ready[0])
        return None

    def _fail_one(self, fault: str) -> Done | None:
        """End one outstanding task with a fault. None where the engine was closed meanwhile."""
        _, name = self._sent.popitem() if self._sent else (None, None)
        return None if name is None else faulty(name, fault)

    def _collect(self, reference: Any) -> Done | None:
        """Return an ended task, or one that Ray gave up. None where the engine was closed meanwhile."""
        name = self._sent.pop(reference, None)
        if name is None:
            return None
        try:
            done: Done = ray.get(reference)
        except Exception as error:  # noqa: BLE001 - Ray's word for what became of its node or worker
            return faulty(name, f"the cluster lost it ({type(error).__name__}): {first_line(error)}")
        return done

    def close(self) -> None:
        """End what runs, and leave the cluster. What waits is forgotten, and a Ray of our own ends."""
        if self._closed.is_set():
            return
        self._closed.set()
        outstanding, self._sent = list(self._sent), {}
        self._failed.clear()
        with contextlib.suppress(Exception):  # a cluster that is gone runs nothing
            for reference in outstanding:  # interrupted, a task ends its sandbox itself
                ray.cancel(reference, force=False)
            if outstanding:
                ray.wait(outstanding, num_returns=len(outstanding), timeout=_END_SECONDS)
            for reference in outstanding:
                ray.cancel(reference, force=True)
        ray.shutdown()
