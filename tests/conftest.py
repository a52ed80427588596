"""Settings for all tests. Workers share the processors, the heap need not be walked, and the slow files come first."""

import gc
import os
import sys
from pathlib import Path

import pytest

# torch's waiting threads spin by default, and take the processor from whatever else is being tested
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# jsonschema, which nbformat imports, takes two seconds to read its grammars, for formats that no notebook has
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# so that nbgrader finds alembic even where the tests' environment is not activated
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])

_SLOW = (
    "test_corpus_mistakes.py",
    "test_corpus.py",
    "release/test_student_run.py",
    "sandbox/test_limits.py",
    "test_end_to_end.py",
    "test_pipeline.py",
    "solutions/test_chapter_points.py",
    "worker/test_training.py",
    "test_cli.py",
    "sandbox/test_ending.py",
    "test_resuming.py",
    "test_carried.py",
    "release/test_repository.py",
    "test_forging.py",
    "test_what_is_missing.py",
    "sandbox/test_confinement.py",
    "test_many_at_once.py",
    "test_standing.py",
    "test_recipes.py",
    "solutions/test_same_words.py",
    "solutions/test_chapters.py",
    "release/test_watch_run.py",
    "hidden/test_linear.py",
    "export/test_nbgrader.py",
    "release/test_classroom_run.py",
    "solutions/test_notebook_submission.py",
    "fuzz/test_fuzz.py",
    "solutions/test_from_notebook.py",
    "test_rejudge.py",
    "datasets/test_mnist.py",
    "source/test_bounded.py",
    "test_nbgrader_routes.py",
    "gradescope/test_run.py",
    "test_hostile.py",
    "intake/test_fuzz.py",
    "test_autograde.py",
    "intake/test_growth.py",
    "worker/test_trimming.py",
)
"""Files that take longest, the slowest first. So no worker is left alone with one at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--exhaustive`."""
    parser.addoption("--exhaustive", action="store_true", help="also variants that take minutes and seldom tell more")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out exhaustive tests, and put slow files first.

    Exhaustive tests run where `--exhaustive` or a name asks for them.
    """
    if not config.getoption("--exhaustive") and not any("::" in argument for argument in config.args):
        left_out = [item for item in items if item.get_closest_marker("exhaustive")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    here = Path(__file__).parent
    place = {here / name: number for number, name in enumerate(_SLOW)}
    items.sort(key=lambda item: place.get(item.path, len(_SLOW)))


def pytest_collection_finish() -> None:
    """Freeze the objects that exist once all tests are collected. They are no garbage, and need not be walked again."""
    gc.collect()
    gc.freeze()
