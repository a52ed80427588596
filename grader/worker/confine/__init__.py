"""Confines each phase's child and cleans up after it.

Theory of operation
-------------------
A backend has shut in the worker and whatever it forks. Between the worker, which runs no code of the submission, and a
child, which does, three more walls are needed:

- the child must not look into the worker or speak in its place: `harden_worker` makes the worker's memory and
  descriptors unreadable even for its own user, and deaf to the signals that can be ignored;
- the child gets limits of its own, and where it shares the machine's processes a Landlock layer and a system call
  filter of its own: `confine_child`, called after the fork and before the submission is imported;
- a phase must not reach the next one: a sweep, run when the child has been waited for, ends every process it left,
  however it hid from its parents, and empties the scratch directories.

What kind of sandbox it is, the backend says (see `protocol.confinement`). Where none does, the worker takes itself for
unconfined: nothing is emptied, and no process is touched but its own descendants.
"""

from grader.protocol.confinement import Confinement
from grader.worker.confine.child import confine_child, harden_worker
from grader.worker.confine.holder import RemoteSweep
from grader.worker.confine.sweep import Sweep

__all__ = ["confine_child", "harden_worker", "sweep_of"]


def sweep_of(confinement: Confinement) -> Sweep | RemoteSweep:
    """Choose who sweeps the sandbox. It is the worker itself, or the holder of the namespaces where there is one."""
    return RemoteSweep(confinement) if confinement.holder else Sweep(confinement)
