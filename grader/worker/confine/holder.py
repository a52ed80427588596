"""Process 1 of a sandbox's namespaces.

The worker itself stays outside of them.

Theory of operation
-------------------
A worker that was forked from a process with torch imported cannot be the first process of namespaces that a program
such as bubblewrap makes: it joins them. Then somebody else has to be the first, whose end is the end of all others, to
whom orphans come, and whom no phase can signal. That is the holder. It runs no code of the submission, and does after
each phase what only a process in there can do: end what is left, and empty the scratch directories.

The worker is not in the process namespace, so that no phase can so much as see it.
"""

from __future__ import annotations

import os
import signal

from grader.protocol.confinement import Confinement
from grader.worker.confine.child import harden_worker
from grader.worker.confine.sweep import Sweep

DONE = b"."


class RemoteSweep:
    """Has the holder sweep, as `Sweep` does.

    Args:
        confinement: with the descriptors that lead to the holder.
    """

    def __init__(self, confinement: Confinement) -> None:
        self._requests, self._replies = confinement.holder

    def run(self) -> None:
        """End leftover processes and empty the scratch directories.

        The phase's child has been waited for.

        Raises:
            OSError: something cannot be removed, or the holder is gone; no further phase may run here.
        """
        os.write(self._requests, DONE)
        if os.read(self._replies, 1) != DONE:
            raise OSError("the holder of the namespaces has ended")


def main() -> None:
    """Sweep whenever the worker asks, until it is gone."""
    sweep = Sweep(Confinement.from_environment(os.environ))
    harden_worker()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.write(1, DONE)
    while os.read(0, 1):
        sweep.run()
        os.write(1, DONE)
