"""Jobs are executed by workers forked from a warm process."""

from __future__ import annotations

import pytest

from grader.model import Execution, JobPhase
from tests.testing.jobs import Run, executed, job, submission
from tests.testing.warm import WarmBackend


@pytest.fixture
def run() -> Run:
    """Execute a submission made of sources. Use it as `run(*phases, net=…)`."""

    def execute_sources(*phases: JobPhase, **sources: str) -> Execution:
        return executed(job(submission(**sources), *phases), WarmBackend())

    return execute_sources
