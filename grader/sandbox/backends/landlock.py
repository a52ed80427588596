"""Landlock, a system call filter and a throw-away user.

They are for where namespaces cannot be had, as in most containers.

Nothing has to be installed or configured for it (Linux 5.13 and later). It is weaker than namespaces: the sandboxed
code sees that other files and processes exist, though not what is in them; no file system bounds what it writes, so
that is watched and ended; and there are no sockets, which is why loader workers are not started there.

Root becomes a throw-away user that owns nothing but the scratch directory. Where the interpreter lies below a directory
that only root may enter, that user keeps one capability, to read past permissions; what there is to be read is still
Landlock's list. An ordinary user cannot become another, so the filter of each phase's child also refuses what file
owners may do and Landlock does not know: permissions, owners, times, attributes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from grader.linux import landlock
from grader.protocol.confinement import Confinement
from grader.sandbox import fork_server, seccomp, self_check, throw_away, visible
from grader.sandbox.base import Sandbox, SandboxSpec
from grader.sandbox.order import Order
from grader.sandbox.running import start_monitored

_NEWEST_USED = 6  # signals and abstract sockets; later versions add nothing that is asked for here
_READ = landlock.EXECUTE | landlock.READ_FILE | landlock.READ_DIR
_DEVICES = {"null": True, "full": True, "random": False, "urandom": False}


def readable_without(roots: Iterable[Path], hidden: Iterable[Path]) -> dict[str, int]:
    """Return Landlock's rights to `roots` without `hidden`.

    A right holds for all below a directory and cannot be taken back there, so a directory with something hidden in it
    is replaced by what is beside that. Its names can still be listed: an interpreter finds no module otherwise.
    """
    masked = [path.resolve() for path in hidden]
    rights: dict[str, int] = {}

    def grant(path: Path) -> None:
        """Make a path readable, except for hidden parts."""
        if any(path.is_relative_to(mask) for mask in masked):
            return
        if not any(mask.is_relative_to(path) for mask in masked):
            rights[str(path)] = _READ
            return
        rights.setdefault(str(path), landlock.READ_DIR)
        for entry in path.iterdir():
            if not entry.is_symlink():  # what a link leads to has its own right, or none
                grant(entry)

    for root in roots:
        if root.exists():
            grant(root.resolve())
    return rights


def _gpu_rights() -> dict[str, int | None]:
    """Return rights on the files of card and driver. /proc is not listed, but known names are read."""
    rights: dict[str, int | None] = {str(node): None for node in visible.gpu_nodes()}
    if not rights:
        return {}
    if Path("/proc/driver").exists():
        rights["/proc/driver"] = _READ
    return {**rights, "/sys": _READ, "/proc": landlock.READ_FILE}


def _rights(spec: SandboxSpec, scratch: str) -> dict[str, int | None]:
    """Return the program's rights on files, by path."""
    roots = [*visible.system_paths(), *visible.system_files(), *spec.readable]
    rights: dict[str, int | None] = dict(readable_without(roots, spec.hidden))
    for name, writable in (_DEVICES | ({"zero": True} if spec.gpu else {})).items():
        rights[f"/dev/{name}"] = landlock.READ_FILE | (landlock.WRITE_FILE if writable else 0)
    rights.update({f"/proc/{name}": _READ for name in visible.proc_names(gpu=False)})
    if spec.gpu:
        rights.update(_gpu_rights())
    rights[scratch] = None
    return rights


class LandlockBackend:
    """Landlock, with a bound on its version. Older kernels have an older version of its interface."""

    name = "landlock"
    by_name_alone = False

    def __init__(self, max_abi: int = _NEWEST_USED) -> None:
        self._max_abi = max_abi
        self.forks = fork_server.supported()

    def _abi(self) -> int:
        """Return the version of Landlock that is used here."""
        return min(landlock.newest_abi(), self._max_abi)

    def unavailable(self) -> str | None:
        """Say why this kernel does not confine. None where it does."""
        if sys.platform != "linux":
            return "Landlock is a part of Linux"
        if not seccomp.supported():
            return f"there is no table of system calls for {os.uname().machine}"
        if self._abi() == 0:
            return (
                "this kernel offers no Landlock: Linux 5.13 or later, with landlock among its security modules (lsm=)"
            )
        return self_check.failure(self)

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Start `spec.argv` below a monitor, confined."""
        abi = self._abi()
        owned, limits = throw_away.for_a_sandbox(spec.limits)
        scratch = str(owned.path)
        with throw_away.removed_on_failure(owned):
            confinement = Confinement(
                kind="landlock",
                scratch=(scratch,),
                gpu=spec.gpu,
                child_system_calls=seccomp.assemble(seccomp.shared_machine_child_rules(abi)),
                landlock_abi=abi,
            )
            plain = Order.to_run(spec.argv, visible.environment(spec, confinement), limits=limits, owned=owned)
            order = replace(
                plain,
                uid=owned.uid,
                readable=tuple(str(path) for path in spec.readable),
                rights=_rights(spec, scratch),
                landlock_abi=abi,
                system_calls=seccomp.assemble(seccomp.shared_machine_rules(gpu=spec.gpu)).hex(),
            )
            return start_monitored(order, spec.limits, server=spec.server if self.forks else None)
