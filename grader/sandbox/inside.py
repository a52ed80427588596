"""What a backend tells the worker about the confinement it runs in: one environment variable, plain JSON.

The worker's side of it is `grader.worker.confine`, which tightens the confinement for each phase's child.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.sandbox.base import SandboxSpec

VARIABLE = "GRADER_CONFINEMENT"
CHILDREN_VARIABLE = "GRADER_CHILDREN"
"""Set by the monitor: a descriptor on the list of the worker's children."""


def describe(
    kind: str, *, scratch: Sequence[str], gpu: bool = False, child_system_calls: bytes = b"", landlock_abi: int = 0
) -> dict[str, str]:
    """The variable, ready to be merged into an environment.

    Args:
        kind: "namespace" where the worker is the first process of a process namespace, "landlock" or "none".
        scratch: the directories to empty after a phase; only ever directories made for this sandbox.
        gpu: whether the CUDA driver has to work.
        child_system_calls: the filter to install in each child, none where empty.
        landlock_abi: the version of Landlock for the layer around each child, 0 for no layer.
    """
    about = {
        "kind": kind,
        "scratch": list(scratch),
        "gpu": gpu,
        "child_system_calls": child_system_calls.hex(),
        "landlock_abi": landlock_abi,
    }
    return {VARIABLE: json.dumps(about)}


def base_environment(scratch: str) -> dict[str, str]:
    """What programs need to find: a home, a place for temporary files, a name."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "USER": "student",
        "LOGNAME": "student",
    }


def system_paths() -> list[Path]:
    """The directories of a Linux system that programs are made of, those that exist here."""
    names = ["/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/nix/store"]
    return [Path(name) for name in names if Path(name).exists()]


def system_files() -> list[Path]:
    """Single files and directories outside them that the dynamic loader and libraries read."""
    names = ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime"]
    return [Path(name) for name in [*names, "/sys/devices/system/cpu"] if Path(name).exists()]


def _both_names(paths: Iterable[Path]) -> list[Path]:
    """Each existing path as it is written and as it is without links, outer directories first."""
    absolute = [path.absolute() for path in paths if path.exists()]
    return sorted({*absolute, *(path.resolve() for path in absolute)}, key=lambda path: (len(path.parts), path))


def bound_and_masked(spec: SandboxSpec) -> tuple[list[Path], list[Path]]:
    """What to bind beside the system's directories, and what to cover in all that is bound; none within another."""
    hidden = _both_names(spec.hidden)
    system = [path for path in system_paths() if not path.is_symlink()]
    bound: list[Path] = []
    for path in _both_names(spec.readable):
        if not any(path.is_relative_to(other) for other in (*system, *bound, *hidden)):
            bound.append(path)
    return bound, [path for path in hidden if any(path.is_relative_to(other) for other in (*system, *bound))]


def gpu_nodes(devices: Path = Path("/dev")) -> list[Path]:
    """The device files that exist here of NVIDIA's driver, and of the one that WSL has in its place."""
    names = ["nvidia[0-9]*", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset", "nvidia-caps", "dxg"]
    return sorted(node for name in names for node in devices.glob(name))
