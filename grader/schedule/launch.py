"""Launching of workers. A worker's specification says which code and which parts of this machine it may see."""

from __future__ import annotations

import functools
import importlib.util
import sys
import sysconfig
from pathlib import Path

import grader
from grader.errors import GraderFault
from grader.model import Job
from grader.sandbox import fork_server
from grader.sandbox.base import Backend, Sandbox, SandboxSpec
from grader.sandbox.fork_server import ForkServer
from grader.sandbox.interpreter import executable, interpreter_folders, package_folders
from grader.sandbox.staging import staged
from grader.sandbox.variables import WORKER_ENVIRONMENT

PREPARED = ("torch", "grader.worker.phases")
PREPARED_FOR_SEVERAL = ("torch._dynamo",)
"""A module that every optimizer imports when made."""


@functools.cache
def _python_folders() -> tuple[Path, ...]:
    """Find where the interpreter and its packages live."""
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        raise GraderFault("torch is not installed in the environment of the grader")
    paths = sysconfig.get_paths()
    packages = package_folders([Path(paths["purelib"]), Path(paths["platlib"]), Path(torch.origin).parents[1]])
    return tuple(dict.fromkeys((Path(sys.prefix), Path(sys.prefix).resolve(), *interpreter_folders(), *packages)))


@functools.cache
def _hidden() -> tuple[Path, ...]:
    """List folders to hide from submissions. They lie among the packages: hidden tests, labels of the embedded digits.

    Where the files of a package are links, also what these lead to.
    """
    digits = importlib.util.find_spec("sklearn")
    folders = [Path(grader.__file__).parent, Path(grader.__file__).resolve().parent]
    if digits is not None and digits.origin is not None:
        data = [Path(digits.origin).parent, Path(digits.origin).resolve().parent]
        folders += [package / "datasets" / "data" for package in data]
    return tuple(dict.fromkeys(folders))


def worker_spec(job: Job, server: ForkServer | None = None) -> SandboxSpec:
    """Return the sandbox specification of a worker.

    The worker is for `job`, and forked from `server` where it can be.
    """
    folder = staged()
    threads = str(job.threads)
    return SandboxSpec(
        # -P and -s: neither the working directory nor a user's own site-packages come first on the path
        argv=(executable(), "-s", "-P", "-B", "-m", "grader.worker"),
        readable=(folder, *_python_folders()),
        hidden=_hidden(),
        environment=WORKER_ENVIRONMENT
        | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
        limits=job.limits,
        gpu=job.device != "cpu",
        server=server,
    )


def warm_up(*, several: bool) -> None:
    """Import what workers need, ahead of the first. Returns at once.

    Args:
        several: whether several workers are to come: then also what the first of them would import by itself.
    """
    fork_server.running().prepare(*PREPARED, *(PREPARED_FOR_SEVERAL if several else ()))


def launch_worker(backend: Backend, job: Job) -> Sandbox:
    """Start a worker for `job`.

    Raises:
        GraderFault: it could not be started.
    """
    if not backend.forks:
        return backend.launch(worker_spec(job))
    server = fork_server.running()
    server.prepare(*PREPARED)
    server.wait()
    return backend.launch(worker_spec(job, server))
