"""A stage for root and one for an ordinary user, whichever of them this test run can be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.testing.sandbox.stage import ORDINARY, ROOT, Stage, find_user


@pytest.fixture(scope="session", params=[ROOT, ORDINARY])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Files, listeners and a process to attack."""
    user = find_user(request.param)
    if isinstance(user, str):
        pytest.skip(user)
    made = Stage(user)
    made.build()
    yield made
    made.close()
