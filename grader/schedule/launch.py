"""What a worker is: stages the code it may see, and says what of this machine is visible to it.

The sandbox sees a copy of `grader/protocol` and `grader/worker` and nothing else of the grader: not the hidden
tests, which an ordinary installation has lying next to them in site-packages.
"""

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
from grader.sandbox.base import SandboxLimits, SandboxSpec

PACKAGES = ("protocol", "worker")
"""What of the grader runs inside a sandbox."""


@functools.cache
def _staged() -> Path:
    """A folder with the part of the grader that runs inside, removed when this process ends."""
    stage = Path(tempfile.mkdtemp(prefix="grader-worker-"))
    atexit.register(shutil.rmtree, stage, ignore_errors=True)
    source = Path(grader.__file__).parent
    (stage / "grader").mkdir()
    (stage / "grader" / "__init__.py").write_text("")
    for package in PACKAGES:
        shutil.copytree(source / package, stage / "grader" / package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [stage, *stage.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return stage


def _python_folders() -> tuple[Path, ...]:
    """Where the interpreter and its packages live."""
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        raise GraderFault("torch is not installed in the environment of the grader")
    paths = sysconfig.get_paths()
    folders = [sys.prefix, sys.base_prefix, paths["stdlib"], paths["purelib"], paths["platlib"]]
    folders += [str(Path(torch.origin).parents[1]), str(Path(sys.executable).resolve().parents[1])]
    return tuple(dict.fromkeys(Path(folder).resolve() for folder in folders))


def _hidden() -> tuple[Path, ...]:
    """What lies among the packages and is not for submissions: the hidden tests, the labels of the embedded digits."""
    digits = importlib.util.find_spec("sklearn")
    folders = [Path(grader.__file__).parent]
    if digits is not None and digits.origin is not None:
        folders.append(Path(digits.origin).parent / "datasets" / "data")
    return tuple(folders)


def worker_spec(job: Job) -> SandboxSpec:
    """What a sandbox has to run, and may see, to be a worker for `job`."""
    stage = _staged()
    limits = SandboxLimits(
        memory_bytes=job.limits.memory_bytes,
        processes=job.limits.processes,
        scratch_bytes=job.limits.scratch_bytes,
        file_bytes=job.limits.scratch_bytes,
    )
    return SandboxSpec(
        # -P and -s: neither the working directory nor a user's own site-packages come first on the path
        argv=(sys.executable, "-s", "-P", "-B", "-m", "grader.worker"),
        readable=(stage, *_python_folders()),
        hidden=_hidden(),
        environment={
            "PYTHONPATH": str(stage),
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": str(job.threads),
            "MKL_NUM_THREADS": str(job.threads),
            # libgomp's threads spin 300,000 times while they wait for each other, and starve where anything else
            # runs: a training step on two busy cores took up to forty times as long. 3,000 cost nothing on idle ones.
            "GOMP_SPINCOUNT": "3000",
            "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
            "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        },
        limits=limits,
        gpu=job.device != "cpu",
    )
