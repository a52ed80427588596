"""A way to run small submissions, with workers forked from a warm process."""

from __future__ import annotations

import pytest

from grader.model import Execution, PhasePlan
from grader.schedule.execute import Slot, execute
from tests.testing.jobs import Run, arrays, job, submission
from tests.testing.warm import WarmBackend


@pytest.fixture
def run() -> Run:
    """`run(*phases, net=…)` executes a submission made of these sources."""

    def execute_sources(*phases: PhasePlan, **sources: str) -> Execution:
        slot = Slot("warm", lambda: WarmBackend().launch(None), arrays)
        return execute(job(submission(**sources), *phases), slot)

    return execute_sources
