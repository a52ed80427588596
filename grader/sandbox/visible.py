"""Directories, files, devices and variables that a sandboxed program sees."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.protocol.confinement import Confinement
from grader.sandbox.base import SandboxSpec
from grader.sandbox.variables import base_environment

_PROC = "cpuinfo filesystems loadavg meminfo stat sys/kernel/osrelease sys/vm/overcommit_memory uptime version".split()
_PROC_OF_A_CARD = "devices driver modules sys/vm".split()


def environment(spec: SandboxSpec, confinement: Confinement) -> dict[str, str]:
    """Return all variables of a program. They are the usual ones, its specification's, and how it is confined.

    Args:
        spec: what to run.
        confinement: of the sandbox; the first of its scratch directories is home.
    """
    return {**base_environment(confinement.scratch[0]), **spec.environment, **confinement.to_environment()}


def system_paths() -> list[Path]:
    """List the system's directories that exist here. Programs of a Linux system are made of them."""
    names = ["/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/nix/store"]
    return [Path(name) for name in names if Path(name).exists()]


def system_files() -> list[Path]:
    """List further system files that libraries read.

    They are single files and directories outside those, which the dynamic loader reads too.
    """
    names = ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime"]
    return [Path(name) for name in [*names, "/sys/devices/system/cpu"] if Path(name).exists()]


def proc_names(*, gpu: bool) -> list[str]:
    """List what programs need in /proc.

    The processes come besides; the rest describes the machine and who else uses it.

    Args:
        gpu: with what the CUDA driver reads.
    """
    names = [*_PROC, *_PROC_OF_A_CARD] if gpu else _PROC
    return [name for name in names if Path("/proc", name).exists()]


def _both_names(paths: Iterable[Path]) -> list[Path]:
    """Return existing paths, with and without links.

    Each is as it is written and as it is without links, outer directories first.
    """
    absolute = [path.absolute() for path in paths if path.exists()]
    return sorted({*absolute, *(path.resolve() for path in absolute)}, key=lambda path: (len(path.parts), path))


def bound_and_masked(spec: SandboxSpec) -> tuple[list[Path], list[Path]]:
    """List paths to bind, and paths to cover.

    The former come beside the system's directories, the latter lie in what is bound; none is within another.

    What is bound under several names is covered under each. A link within it leads to one of these names, or nowhere.
    """
    hidden = _both_names(spec.hidden)
    system = [path for path in system_paths() if not path.is_symlink()]
    bound: list[Path] = []
    for path in _both_names(spec.readable):
        if not any(path.is_relative_to(other) for other in (*system, *bound, *hidden)):
            bound.append(path)
    roots = {path: path.resolve() for path in (*system, *bound)}
    masked = {
        name / path.relative_to(real)
        for name, real in roots.items()
        for path in {path.resolve() for path in hidden}
        if path.is_relative_to(real)
    }
    return bound, sorted(masked)


def gpu_nodes(devices: Path = Path("/dev")) -> list[Path]:
    """List the device files of a graphics card.

    They exist here of NVIDIA's driver, and of the one that WSL has in its place.
    """
    names = ["nvidia[0-9]*", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset", "nvidia-caps", "dxg"]
    return sorted(node for name in names for node in devices.glob(name))
