"""Jobs executed by workers that are forked from a warm process."""

from __future__ import annotations

import pytest

from grader.model import Execution, JobPhase
from tests.testing.jobs import Run, executed, job, submission
from tests.testing.warm import WarmBackend


@pytest.fixture
def run() -> Run:
    """`run(*phases, net=…)` executes a submission made of these sources."""

    def execute_sources(*phases: JobPhase, **sources: str) -> Execution:
        return executed(job(submission(**sources), *phases), WarmBackend())

    return execute_sources
