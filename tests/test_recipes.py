"""The recipes of CONTRIBUTING work when followed to the letter.

Changes are made in a copy of the kit, and its commands show the effect.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.documents import ROOT, Block, blocks, command_lines

PAGE = ROOT / ".github" / "CONTRIBUTING.md"
CHANGES = {"python", "diff", "toml", "po"}
TOO_LONG = {("grader", "verify"), ("grader", "solutions", "--dataset", "negative")}
"""Commands that take half a minute each.

What is cheap of the first is proved below; the second is a training. The kit's own tests, which some recipes name too,
are not run within one of them.
"""

CLAIMS = "from grader.release.verify import *; print(points_add_up() + messages_are_complete())"


def recipes() -> dict[str, list[Block]]:
    """Return the blocks of each section that changes something."""
    found: dict[str, list[Block]] = {}
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        found.setdefault(block.section, []).append(block)
    return {section: of for section, of in found.items() if any(block.language in CHANGES for block in of)}


class Copy:
    """A copy of the kit to change, with a shell in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "kit"
        leave_out = shutil.ignore_patterns("__pycache__", "hostile", "benchmarks")
        for part in ("grader", "solutions", "student", "tests"):
            shutil.copytree(ROOT / part, self.folder / part, ignore=leave_out)
        for test in ("hostile", "submissions/hostile"):  # the index of the corpus lists the attacks
            shutil.copytree(ROOT / "tests" / test, self.folder / "tests" / test)
        programs = folder / "bin"
        programs.mkdir()
        for name, call in {"python": "", "grader": " -m grader"}.items():
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{call} "$@"\n', encoding="utf-8")
            (programs / name).chmod(0o755)
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        self.environment = {**os.environ, "PYTHONPATH": str(self.folder), "PATH": path, "HOME": str(folder)}

    def call(self, *command: str) -> str:
        """Run a command, and return its output from both streams. It has to succeed."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, check=False, timeout=200,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
        return done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Copy, dict[str, str]]:
    """Follow all recipes in a copy. Return it, and what each command has printed."""
    copy = Copy(tmp_path_factory.mktemp("recipes"))
    said = {}
    for of in recipes().values():
        for block in of:
            if block.language in CHANGES:
                block.apply(copy.folder)
                continue
            for words in command_lines(block):
                if tuple(words) not in TOO_LONG and "pytest" not in words:
                    said[" ".join(words)] = copy.call(*words)
    return copy, said


def test_every_kind_of_extension_has_a_recipe() -> None:
    """Every kind of extension has a recipe. It makes changes, and ends with a command that shows that they work."""
    found = recipes()
    assert set(found) == {"Add a " + what for what in ("hidden test", "backend", "report", "data set")} | {
        "Add an exporter"
    }
    for section, of in found.items():
        assert of[-1].language == "bash", section


def test_the_hidden_test_is_judged(followed: tuple[Copy, dict[str, str]]) -> None:
    """The added hidden test finds its mistake. It is collected and worth a point."""
    copy, said = followed
    assert said["python -m tests.corpus buggy/objective/batch-of-thousands"].startswith("ok ")
    listed = copy.call("python", "-c", "from grader.judge.collect import collect; print(*collect(), sep='\\n')")
    assert "objective/batch-size" in listed.splitlines()
    index = (copy.folder / "tests" / "submissions" / "README.md").read_text(encoding="utf-8")
    assert "[batch-of-thousands](buggy/objective/batch-of-thousands)" in index


def test_points_and_texts_are_complete(followed: tuple[Copy, dict[str, str]]) -> None:
    """With everything added, points and texts are complete. A text that is taken away is missed."""
    copy, _ = followed
    assert copy.call("python", "-c", CLAIMS) == "[]\n"
    texts = copy.folder / "grader" / "i18n" / "ru.po"
    whole = texts.read_text(encoding="utf-8")
    try:
        texts.write_text(whole.replace('"objective/batch-size"', '"objective/forgotten"'), encoding="utf-8")
        assert copy.call("python", "-c", CLAIMS) == "['ru: no text for objective/batch-size']\n"
    finally:
        texts.write_text(whole, encoding="utf-8")


def test_the_backend_grades(followed: tuple[Copy, dict[str, str]]) -> None:
    """The added backend grades the solutions. The result names it."""
    copy, said = followed
    assert "solutions: 20 / 20" in said["grader solutions --only structure --dataset digits --sandbox nice"]
    result = json.loads((copy.folder / "grades" / "solutions" / "result.json").read_bytes())
    assert result["provenance"]["sandbox"] == "nice"


def test_report_and_exporter_write(followed: tuple[Copy, dict[str, str]]) -> None:
    """The added report and exporter write. The report is a file, the exporter has a help and prints a table."""
    _, said = followed
    assert said["cat grades/points.txt"] == "solutions: 20 / 20\n"
    assert "--no-titles" in said["grader export tsv --help"]
    assert said["grader export tsv grades"] == "submission\tscore\nsolutions\t20\n"


def test_the_data_set_is_offered(followed: tuple[Copy, dict[str, str]]) -> None:
    """The added data set can be loaded and is offered."""
    copy, said = followed
    (loaded,) = [text for command, text in said.items() if "negative" in command]
    assert "scikit-learn" in loaded
    assert "{mnist,digits,negative}" in copy.call("grader", "--help").replace("\n", "").replace(" ", "")
