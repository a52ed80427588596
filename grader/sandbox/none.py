"""No confinement: a separate process tree with limits, an empty environment and a sure end. For code that is trusted.

It reads what its user reads, writes where its user writes and reaches the network. What it promises: nothing of the
grader's environment, a private scratch directory, limits on processes and files, and that all of it ends with it.
"""

from __future__ import annotations

import os

from grader.sandbox import inside, self_check, throw_away
from grader.sandbox.base import Sandbox, SandboxSpec
from grader.sandbox.monitor import Plan
from grader.sandbox.process_tree import bound_with_room_for
from grader.sandbox.running import start_monitored


class NoBackend:
    """Processes and limits, nothing else."""

    name = "none"

    def unavailable(self) -> str | None:
        """Every system can run a process; there has to be a place for its files."""
        return self_check.problem_with_place()

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Start `spec.argv`; `readable` and `hidden` mean nothing here."""
        owned = throw_away.scratch_directory()
        scratch = str(owned.path)
        with throw_away.removed_on_failure(owned):
            environment = {
                **inside.base_environment(scratch),
                **spec.environment,
                **inside.describe("none", scratch=[scratch], gpu=spec.gpu),
            }
            plan = Plan(
                argv=list(spec.argv),
                environment=environment,
                parent=os.getpid(),
                scratch=scratch,
                processes=bound_with_room_for(spec.limits.processes),
                file_bytes=spec.limits.file_bytes,
                open_files=spec.limits.open_files,
            )
            return start_monitored(plan, spec.limits)
