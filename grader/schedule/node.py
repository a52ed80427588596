"""Execution on the nodes of a cluster. A node first makes sure that it may execute tasks.

A node observes for the driver, which keeps what was observed under a key that names the code, the libraries and the
sandbox. So a node has to have the same of each, or it refuses; a weaker sandbox than the driver's is never taken.
Nodes are trusted as the driver is: a task tells them what the digits are called for a submission. No label of the test
set is in it.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader import __version__
from grader.errors import UsageError
from grader.keys import observer
from grader.model import Execution
from grader.sandbox.base import Backend, Sandbox, SandboxSpec
from grader.sandbox.registry import choose
from grader.schedule.base import AroundBackend, Done, Place, Task
from grader.schedule.calibrate import machine_factor
from grader.schedule.capacity import REFERENCE_PROCESSORS
from grader.schedule.execute import execute
from grader.schedule.shipping import Packed, Raw, unpack

_PACKAGES = ("torch", "numpy")
_CODE = "the code that observes"
_CARDS = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Demands:
    """The driver's demands on a node.

    Args:
        sandbox: name of the backend.
        installed: what is installed with the driver, as `installed` says.
        scaled: whether limits are longer where the node is slower than the driver's machine.
    """

    sandbox: str
    installed: tuple[tuple[str, str], ...]
    scaled: bool = True


def installed() -> dict[str, str]:
    """Return the installed versions that decide an observation. They are by name, with a digest of the code."""
    found = {"perceptron-grader": __version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = ""
    return found | {_CODE: observer() if all(found.values()) else ""}


def difference(here: Mapping[str, str], driver: Mapping[str, str]) -> str | None:
    """Say how an installation differs from the driver's. It also says what to do; None where it does not differ."""
    for name, wanted in driver.items():
        has = here.get(name, "")
        if has == wanted:
            continue
        if name == _CODE:
            return "its perceptron-grader is other code than the driver's: install both from the same commit"
        own = f"{name} {has}" if has else f"no {name}"
        return f"it has {own}, the driver {name} {wanted}: install the same on both"
    return None


@functools.cache
def _admitted(demands: Demands) -> Backend | str:
    """Return this process's backend, or a refusal. That says in one line why it must not execute anything."""
    try:
        return difference(installed(), dict(demands.installed)) or choose(demands.sandbox)
    except UsageError as error:
        return str(error)


def refusal(demands: Demands) -> str | None:
    """Say why this node cannot meet the demands. None where it can; it is looked up once in each process."""
    admitted = _admitted(demands)
    return admitted if isinstance(admitted, str) else None


def faulty(name: str, fault: str) -> Done:
    """Return a task that ended in a fault. No outcome came of it, by no doing of the submission."""
    return Done(name, Execution({}, fault=fault))


class _OnCards(AroundBackend):
    """A backend whose sandboxes see only assigned cards. This process was given these graphics cards."""

    def __init__(self, backend: Backend, cards: str) -> None:
        super().__init__(backend)
        self._cards = cards

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Launch a sandbox that is told its cards."""
        return self._backend.launch(replace(spec, environment={**spec.environment, _CARDS: self._cards}))


def _scaled(task: Task) -> Task:
    """Extend a task's limits on a slower machine.

    The measure is the driver's machine, and this one as loaded as it is now.
    """
    share = max(1.0, REFERENCE_PROCESSORS / task.job.threads)  # of the processors, as on the driver
    factor = max(task.job.time_factor, share * machine_factor())
    return replace(task, job=replace(task.job, time_factor=factor))


def execute_here(packed: Packed, demands: Demands, large: Sequence[Raw]) -> Done:
    """Execute a task that was sent here.

    Args:
        packed: the task.
        demands: what the driver asks of this node. Where it is not so, that is the task's fault.
        large: the arrays that were sent on their own.
    """
    backend = _admitted(demands)
    if isinstance(backend, str):
        return faulty(packed.name, f"the node {platform.node()} refuses: {backend}")
    task = unpack(packed, large)
    cards = os.environ.get(_CARDS)
    if task.job.device != "cpu" and cards is not None:
        backend = _OnCards(backend, cards)
    return execute(_scaled(task) if demands.scaled else task, Place(backend, lambda *heard: None))
