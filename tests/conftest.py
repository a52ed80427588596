"""For all tests: workers that share the processors, a heap that need not be walked, and the slow files first."""

import gc
import os
import sys
from pathlib import Path

import pytest

# threads of torch that wait for work spin by default, and take the processor from whatever else is being tested
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# commands of the environment that runs the tests, which need not be activated: nbgrader looks for alembic
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])

_SLOW = (
    "test_corpus_mistakes.py",
    "test_corpus.py",
    "sandbox/test_limits.py",
    "sandbox/test_ending.py",
    "test_many_at_once.py",
    "test_resuming.py",
    "test_end_to_end.py",
    "test_cli.py",
    "hidden/test_robustness.py",
    "release/test_repository.py",
    "release/test_student_run.py",
    "release/test_watch_run.py",
    "test_hostile.py",
    "solutions/test_chapters.py",
    "test_nbgrader_routes.py",
    "test_autograde.py",
    "gradescope/test_run.py",
    "sandbox/test_confinement.py",
    "source/test_bounded.py",
    "intake/test_fuzz.py",
)
"""Files of minutes, the slowest first: whoever takes a file at a time is not left alone with one in the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to run everything."""
    parser.addoption("--exhaustive", action="store_true", help="also variants that take minutes and seldom tell more")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked as exhaustive, unless it is asked for or named; put the slow files first."""
    if not config.getoption("--exhaustive") and not any("::" in argument for argument in config.args):
        left_out = [item for item in items if item.get_closest_marker("exhaustive")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    here = Path(__file__).parent
    place = {here / name: number for number, name in enumerate(_SLOW)}
    items.sort(key=lambda item: place.get(item.path, len(_SLOW)))


def pytest_collection_finish() -> None:
    """What has been imported and collected by now is no garbage: put it aside."""
    gc.collect()
    gc.freeze()
