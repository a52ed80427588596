"""A stage for root and one for an ordinary user, whichever of them this test run can be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.testing.sandbox.stage import CONFINING, FORKED, ORDINARY, ROOT, WITH_LIMITS, Stage, find_user


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes and tells nothing: what begins in a fork shuts itself in as what is executed does.

    Programs that are forked, as the grader has them, are tried as both users; those that are executed as root alone,
    where that can be.
    """
    if isinstance(find_user(ROOT), str):
        return
    left_out = [item for item in items if _is_left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    chosen = getattr(getattr(item, "callspec", None), "params", {})
    backend = str(chosen.get("backend", ""))
    return chosen.get("stage") == ORDINARY and f"{backend} {FORKED}" in {*CONFINING, *WITH_LIMITS}
