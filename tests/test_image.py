"""Tests of the image for grading, `.github/Dockerfile`. It is checked without building it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github"


@pytest.fixture
def instructions() -> list[list[str]]:
    """Instructions of the Dockerfile, each as its words."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [line.split() for line in lines if line.strip()]


def test_whoever_runs_in_it_is_not_root(instructions: list[list[str]]) -> None:
    """The image runs the grader, and not as root."""
    assert [words[1] for words in instructions if words[0] == "USER"][-1:] == ["grader"]
    assert ["ENTRYPOINT", '["grader"]'] in instructions


def test_what_it_copies_exists_and_reaches_the_build(instructions: list[list[str]]) -> None:
    """Everything that the image copies exists. The list of ignored files lets it through."""
    sources = {source for words in instructions if words[0] == "COPY" for source in words[1:-1]}
    assert {"grader", "student", "pyproject.toml"} <= sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == sources


def test_a_package_can_be_built_of_what_it_copies(instructions: list[list[str]], tmp_path: Path) -> None:
    """The copied files are enough to build the package. They include all that `pyproject.toml` names."""
    for words in instructions:
        if words[0] == "COPY":
            for source in words[1:-1]:
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, tmp_path / source)
    project = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    named = [*re.findall(r'(?:readme|path) = "([^"]+)"', project), "LICENSE", "grader/__init__.py", "student/net.py"]
    assert [name for name in named if not (tmp_path / name).exists()] == []


def test_torch_is_the_build_for_the_cpu(instructions: list[list[str]]) -> None:
    """The image installs torch's build for the CPU. It comes before what depends on it, from the index without CUDA."""
    pip = [words for words in instructions if words[:3] == ["RUN", "pip", "install"]]
    assert pip[0][3:] == ["torch", "torchvision", "--index-url", "https://download.pytorch.org/whl/cpu"]
    assert pip[1][3] == "."
