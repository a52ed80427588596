"""Run the fuzzer briefly on each target. `python -m tests.fuzz TARGET --seconds 3600` makes it a long run."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this system")
@pytest.mark.parametrize(("target", "runs"), [("decoder", 5_000), ("frames", 2_000), ("intake", 100)])
def test_nothing_is_found_in_a_short_run(target: str, runs: int) -> None:
    """A short seeded run finds nothing. All inputs of the run were tried."""
    command = [sys.executable, "-m", "tests.fuzz", target, "--runs", str(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, errors="replace")
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {runs} runs" in done.stderr
