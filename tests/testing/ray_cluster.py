"""A Ray cluster on this machine runs the grader's tasks.

`python -P -m tests.testing.ray_cluster` prints what was seen as JSON. It has to run in a network of its own, where the
loopback interface has the address `ADDRESS` and a default route: Ray hangs on 127.0.0.1. `network` makes such a place.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

ADDRESS = "10.9.9.1"
NOT_STARTED = 75
"""The exit code where Ray itself did not start."""
SLOW_NET = "import time\ntime.sleep(1)\n"
HANG = "import time\ntime.sleep(600)\n"
NAMES = [f"s{number}" for number in range(4)]
_WORKER = "grader.worker"
_STORE_BYTES = 80 << 20
_NOTICED_SOON = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 4,
}


def network(*arguments: str) -> list[str]:
    """Return a command that runs Python in its own network.

    It runs before other processes, as Ray does not wait long.
    """
    setting = f"ip link set lo up && ip addr add {ADDRESS}/32 dev lo && ip route add default dev lo"
    return ["unshare", "-n", "bash", "-c", f"{setting} && exec nice -n -10 {shlex.join([sys.executable, *arguments])}"]


def can_make_network() -> bool:
    """Tell whether this user may make a network here."""
    try:
        done = subprocess.run(network("-c", ""), capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _workers_below(pid: int) -> list[int]:
    """Return the processes below `pid` that run a submission."""
    from grader.sandbox.process_tree import descendants

    return [one for one in descendants(pid) if f"-m {_WORKER}" in _command(one)]


def _wait_until(true: Callable[[], object], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _scratch() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("grader-*")}


def _raylet(node: Any) -> int:
    from ray._private.ray_constants import PROCESS_TYPE_RAYLET

    (info,) = node.all_processes[PROCESS_TYPE_RAYLET]
    return int(info.process.pid)


def _kill_node(node: Any) -> None:
    """End a node as a power cut does. Its raylet is killed, and all that it has started."""
    from grader.sandbox.process_tree import descendants

    raylet = _raylet(node)
    for pid in [raylet, *descendants(raylet)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _tasks(names: list[str], **sources: str) -> list[Any]:
    """Make a task of each name on a few digits. It looks at the structure of a submission."""
    from dataclasses import replace

    from grader.model import Identity
    from grader.work import Work, planned, task_for
    from tests.testing.jobs import submission
    from tests.testing.runs import HONEST_NET, assignment, setup_of

    setup = setup_of(assignment(), categories=("structure",))
    one = submission("one", net=SLOW_NET + HONEST_NET) if not sources else submission("one", **sources)
    return [task_for(planned(Work(replace(one, identity=Identity(name))), setup), setup) for name in names]


def observed(execution: Any) -> dict[str, list[str]]:
    """Return the outcomes of an execution, without times."""
    return {probe: [outcome.kind, outcome.payload.hex()] for probe, outcome in sorted(execution.outcomes.items())}


def lose_a_node(engine: Any, nodes: list[Any]) -> Mapping[str, Any]:
    """Kill one of two nodes during a batch. Tell what comes back."""
    for task in _tasks(NAMES):
        engine.submit(task)
    victim, survivor = nodes
    both_busy = _wait_until(lambda: _workers_below(_raylet(victim)) and _workers_below(_raylet(survivor)))
    done = [engine.next()]
    was_busy = _wait_until(lambda: _workers_below(_raylet(victim)))
    _kill_node(victim)
    begin = time.monotonic()
    done += list(iter(engine.next, None))
    return {
        "busy": [both_busy, was_busy],
        "names": [one.name for one in done],
        "faults": [one.execution.fault for one in done if one.execution.fault],
        "observed": {one.name: observed(one.execution) for one in done},
        "arrays sent": len(engine._shared),
        "seconds": round(time.monotonic() - begin, 1),
    }


def close_early(engine: Any, node: Any) -> Mapping[str, Any]:
    """Close the engine while tasks hang and wait. Another thread waits for them."""
    before = _scratch()  # folders that the killed node has left
    for task in _tasks(["hangs", "waits"], net=HANG):
        engine.submit(task)
    running = _wait_until(lambda: _workers_below(_raylet(node)))
    answers: list[Any] = []
    waiter = threading.Thread(target=lambda: answers.append(engine.next()))
    waiter.start()
    begin = time.monotonic()
    engine.close()
    waiter.join(30)
    left = not _wait_until(lambda: not _workers_below(_raylet(node)), 20)
    return {
        "running": running,
        "waits": waiter.is_alive(),
        "answers": [one and bool(one.execution.fault) for one in answers],
        "left": left,
        "scratch": sorted(_scratch() - before),
        "next": engine.next(),
        "seconds": round(time.monotonic() - begin, 1),
    }


def _start_cluster() -> tuple[Any, list[Any]]:
    """Start a head without processors and two nodes with one. Ray waits at most 15 s for the agents of each."""
    from ray.cluster_utils import Cluster

    common = {"node_ip_address": ADDRESS, "object_store_memory": _STORE_BYTES, "include_log_monitor": False}
    head = {"num_cpus": 0, "include_dashboard": False, "no_monitor": True, "_system_config": _NOTICED_SOON}
    cluster = _again(lambda: Cluster(True, False, {**common, **head}))
    return cluster, [_again(lambda: cluster.add_node(**common, num_cpus=1)) for _ in range(2)]


def _again(begin: Callable[[], Any], times: int = 3) -> Any:
    """Begin again where a busy machine prevents it. If all attempts fail, this process ends."""
    for _ in range(times):
        try:
            return begin()
        except Exception as error:  # noqa: BLE001 - Ray raises nothing more special
            print(error, file=sys.stderr)
    sys.exit(NOT_STARTED)


def main() -> None:
    """Start a cluster, and print what the engine does on it."""
    from grader.sandbox import choose
    from grader.schedule.base import Place
    from grader.schedule.registry import start
    from grader.schedule.serial import SerialEngine

    cluster, nodes = _start_cluster()
    backend, begin = choose("auto"), time.monotonic()
    place = Place(backend, lambda *heard: None, address=cluster.address)
    handler = signal.getsignal(signal.SIGTERM)
    seen: dict[str, Any] = {}
    with closing(start("ray", place)) as engine:
        seen["slots"] = engine.slots
        seen["handler kept"] = signal.getsignal(signal.SIGTERM) is handler
        seen["started in"] = round(time.monotonic() - begin, 1)
        seen["lose a node"] = lose_a_node(engine, nodes)
        seen["close early"] = close_early(engine, nodes[1])
    local = SerialEngine(Place(backend, lambda *heard: None))
    (task,) = _tasks(["local"])
    local.submit(task)
    done = local.next()
    assert done is not None
    seen["local"] = observed(done.execution)
    cluster.shutdown()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
