"""What a worker is: the code it may see, and what of this machine is visible to it."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

import grader
from grader.errors import GraderFault
from grader.model import Job
from grader.sandbox.base import SandboxSpec
from grader.sandbox.interpreter import executable, interpreter_folders, package_folders
from grader.sandbox.staging import stage


@functools.cache
def _staged() -> Path:
    """Stage the part of the grader that runs inside, until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="grader-worker-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stage(folder)
    return folder


def _python_folders() -> tuple[Path, ...]:
    """Find where the interpreter and its packages live."""
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        raise GraderFault("torch is not installed in the environment of the grader")
    paths = sysconfig.get_paths()
    packages = package_folders([Path(paths["purelib"]), Path(paths["platlib"]), Path(torch.origin).parents[1]])
    return tuple(dict.fromkeys((Path(sys.prefix), Path(sys.prefix).resolve(), *interpreter_folders(), *packages)))


def _hidden() -> tuple[Path, ...]:
    """List what lies among the packages and is not for submissions: hidden tests, labels of the embedded digits.

    Where the files of a package are links, also what these lead to.
    """
    digits = importlib.util.find_spec("sklearn")
    folders = [Path(grader.__file__).parent, Path(grader.__file__).resolve().parent]
    if digits is not None and digits.origin is not None:
        data = [Path(digits.origin).parent, Path(digits.origin).resolve().parent]
        folders += [package / "datasets" / "data" for package in data]
    return tuple(dict.fromkeys(folders))


def worker_spec(job: Job) -> SandboxSpec:
    """What a sandbox has to run, and may see, to be a worker for `job`."""
    folder = _staged()
    return SandboxSpec(
        # -P and -s: neither the working directory nor a user's own site-packages come first on the path
        argv=(executable(), "-s", "-P", "-B", "-m", "grader.worker"),
        readable=(folder, *_python_folders()),
        hidden=_hidden(),
        environment={
            "PYTHONPATH": str(folder),
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": str(job.threads),
            "MKL_NUM_THREADS": str(job.threads),
            # libgomp's threads spin 300,000 times while they wait for each other, and starve where anything else
            # runs: a training step on two busy cores took up to forty times as long. 3,000 cost nothing on idle ones.
            "GOMP_SPINCOUNT": "3000",
            "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
            "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        },
        limits=job.limits,
        gpu=job.device != "cpu",
    )
