"""No confinement, for code that is trusted.

It has a separate process tree with limits, an empty environment and a sure end.

It reads what its user reads, writes where its user writes and reaches the network. What it promises: nothing of the
grader's environment, a private scratch directory, limits on processes and files, and that all of it ends with it.
"""

from __future__ import annotations

from grader.protocol.confinement import Confinement
from grader.sandbox import fork_server, throw_away, visible
from grader.sandbox.base import Sandbox, SandboxSpec
from grader.sandbox.order import Order
from grader.sandbox.place import problem_with_place
from grader.sandbox.process_tree import with_room
from grader.sandbox.running import start_monitored


class NoBackend:
    """Bounds processes and ends them, and confines nothing."""

    name = "none"
    by_name_alone = True  # it confines nothing

    def __init__(self) -> None:
        self.forks = fork_server.supported()

    def unavailable(self) -> str | None:
        """Say why there is no place for its files. Every system can run a process."""
        return problem_with_place()

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Start `spec.argv`; `readable` and `hidden` mean nothing here."""
        owned = throw_away.scratch_directory()
        with throw_away.removed_on_failure(owned):
            confinement = Confinement(kind="none", scratch=(str(owned.path),), gpu=spec.gpu)
            environment = visible.environment(spec, confinement)
            order = Order.to_run(spec.argv, environment, limits=with_room(spec.limits), owned=owned)
            return start_monitored(order, spec.limits, server=spec.server if self.forks else None)
