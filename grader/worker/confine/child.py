"""The walls between the worker and the child of a phase."""

from __future__ import annotations

import os
import resource
import signal
import sys

from grader.linux import landlock, process
from grader.protocol.confinement import Confinement
from grader.protocol.limits import Limits
from grader.worker import loader_workers

_ON_LINUX = sys.platform == "linux"
_FROM_A_TERMINAL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_KILLED_AFTER_SECONDS = 5


def harden_worker() -> None:
    """Close the worker to its children. Called once, before the first fork.

    Raises:
        OSError: the kernel refuses.
    """
    for number in _FROM_A_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    if not _ON_LINUX:
        return
    process.adopt_orphans()
    process.let_others_look(False)


def _set_limits(confinement: Confinement, limits: Limits, cpu_seconds: int) -> None:
    """Bound what this process and its descendants use."""
    process.bound_resource(resource.RLIMIT_CORE, 0)
    process.bound_resource(resource.RLIMIT_FSIZE, limits.file_bytes)
    process.bound_resource(resource.RLIMIT_NOFILE, limits.open_files)
    # a submission may catch the signal of the soft limit, not that of the hard one
    process.bound_resource(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + _KILLED_AFTER_SECONDS)
    if confinement.kind == "namespace":  # else it counts what the user runs beside, and the launch has set it
        process.bound_resource(resource.RLIMIT_NPROC, limits.processes)
    if _ON_LINUX and not confinement.gpu:
        # of each process; makes a RuntimeError that says "memory" out of what would be a kill
        process.bound_resource(resource.RLIMIT_DATA, limits.memory_bytes)


def confine_child(confinement: Confinement, limits: Limits, *, cpu_seconds: int) -> None:
    """Confine the calling process for good.

    It is called after the fork, before any code of the submission.

    Args:
        confinement: of the sandbox.
        limits: those on memory, files and processor time hold for each process by itself.
        cpu_seconds: processor time, for all threads together.

    Raises:
        OSError: the kernel refuses; the phase must not run then.
    """
    for number in _FROM_A_TERMINAL:
        signal.signal(number, signal.SIG_DFL)
    _set_limits(confinement, limits, cpu_seconds)
    if not _ON_LINUX:
        return
    for descriptor in (confinement.children, *confinement.holder):
        if descriptor >= 0:
            os.close(descriptor)
    if confinement.holder:
        os.setsid()  # the worker is out of sight, but what is sent to a whole group would reach it
    process.let_others_look(True)  # the worker's protection is not the child's: the grader measures its memory
    process.no_new_privileges()
    if confinement.kind == "landlock":
        loader_workers.start_none()
        landlock.enter_layer(confinement.landlock_abi)
    if confinement.child_system_calls:
        process.install_filter(confinement.filter_of(os.getpid()))
