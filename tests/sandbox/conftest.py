"""Stages to attack, for root and for an ordinary user. A test run uses those whose user it can be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.testing.sandbox.stage import CONFINING, FORKED, ORDINARY, ROOT, WITH_LIMITS, Stage, find_user

_LONG = ("test_limits.py", "test_ending.py", "test_training.py", "test_not_promised.py")


@pytest.fixture(scope="session", params=[ROOT, ORDINARY])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Build files, listeners and a process to attack."""
    user = find_user(request.param)
    if isinstance(user, str):
        pytest.skip(user)
    made = Stage(user)
    made.build()
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that take minutes and seldom tell more.

    Programs that are forked, as the grader has them, are tried as both users. Those that are executed are tried as root
    alone, where that can be: both confine themselves alike. Limits and ends take long and are kept by the monitor,
    whatever backend confines, so one backend of each kind and user tries them.
    """
    if isinstance(find_user(ROOT), str):
        return
    for item in items:
        if _is_a_variant(item):
            item.add_marker(pytest.mark.exhaustive)


def _is_a_variant(item: pytest.Item) -> bool:
    chosen = getattr(getattr(item, "callspec", None), "params", {})
    backend = str(chosen.get("backend", ""))
    if chosen.get("stage") == ORDINARY and f"{backend} {FORKED}" in {*CONFINING, *WITH_LIMITS}:
        return True
    if item.path.name not in _LONG:
        return False
    return backend == "bwrap forked" if chosen.get("stage") == ORDINARY else f"{backend} {FORKED}" in WITH_LIMITS
