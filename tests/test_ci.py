"""Tests of the kit's continuous integration.

Its workflow and scripts are checked as far as that is possible without GitHub.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
RELEASED = sorted((ROOT / "grader" / "release" / "templates").rglob("*.yml"))
SHELLCHECK = shutil.which("shellcheck")


def text() -> str:
    """The workflow's source."""
    return WORKFLOW.read_text(encoding="utf-8")


def jobs() -> dict[str, Any]:
    """The workflow's jobs by name."""
    found: dict[str, Any] = yaml.safe_load(text())["jobs"]
    return found


def steps() -> list[dict[str, Any]]:
    """The steps of all jobs."""
    return [step for job in jobs().values() for step in job["steps"]]


def pins(workflow: str) -> set[tuple[str, ...]]:
    """Actions that a workflow uses: name, commit and version."""
    used = {tuple(found) for found in re.findall(r"uses: ([\w/-]+)@(\S+)(?: # (v[\d.]+))?", workflow)}
    assert used
    return used


def test_actions_are_those_of_the_released_workflows() -> None:
    """The workflow pins the same actions as the released ones. So they are renewed together."""
    released = set().union(*(pins(path.read_text(encoding="utf-8")) for path in RELEASED))
    assert pins(text()) <= released
    assert all(re.fullmatch("[0-9a-f]{40}", commit) and version for _, commit, version in pins(text()))


def test_an_environment_is_kept_for_one_python_alone() -> None:
    """A kept environment belongs to one Python version.

    Its key has the whole version, and the step that it comes from.
    """
    keys = [
        step["with"]["key"] for step in steps() if step.get("with", {}).get("path") == "~/.cache/perceptron-grader-ci"
    ]
    assert len(keys) == len(jobs())
    assert all("${{ steps.python.outputs.version }}" in key for key in keys)
    told = [step["run"] for step in steps() if step.get("id") == "python"]
    assert len(told) == len(jobs())
    assert all("platform.python_version()" in run and '>> "$GITHUB_OUTPUT"' in run for run in told)


def test_every_python_is_tried() -> None:
    """Every Python is tried, from the oldest supported one. Parts of the tests that the workflow names exist."""
    pythons = jobs()["test"]["strategy"]["matrix"]["python"]
    assert pythons[0] == re.search(r'requires-python = ">=(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"))[1]
    assert pythons == [f"3.{11 + number}" for number in range(4)]
    named = yaml.safe_load(text())["env"]["HANGS_ON_PYTHON"].split()
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_scripts_hold_together() -> None:
    """shellcheck finds nothing in scripts and steps."""
    if SHELLCHECK is None:
        pytest.skip("shellcheck is not installed")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / ".ci" / "run", ROOT / ".ci" / "mnist")]
    for source in [*sources, *(step["run"] for step in steps() if "run" in step)]:
        done = subprocess.run(
            [SHELLCHECK, "--shell", "bash", "-"], input=source, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_zizmor() -> None:
    """zizmor finds nothing, but would find an unpinned action."""
    beside = Path(sys.executable).with_name("zizmor")
    if not beside.exists():
        pytest.skip("zizmor is not installed")
    command = [str(beside), "--offline", "--no-progress", "--no-config", "-"]
    unpinned = re.sub(r"@[0-9a-f]{40} # v[0-9.]+", "@main", text())
    codes = [
        subprocess.run(command, input=source, capture_output=True, text=True, check=False).returncode
        for source in (text(), unpinned)
    ]
    assert codes[0] == 0
    assert codes[1] != 0


def test_damaged_mnist_is_not_kept(tmp_path: Path) -> None:
    """A damaged MNIST file is not kept. It stops the script, and is fetched anew the next time."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte.gz").write_bytes(b"half of it")
    done = subprocess.run([ROOT / ".ci" / "mnist", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert list(raw.iterdir()) == []
