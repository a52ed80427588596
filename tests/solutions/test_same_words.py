"""A mistake is told in one sentence everywhere. `check`, `pytest student` and the grader use it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from grader.i18n import LANGUAGES, translator
from grader.release.repository import SUBMISSION_MODULES
from grader.report.verdicts import first_mistake
from grader.report.words import said
from tests.testing.checking import checked
from tests.testing.corpus import Expectation, Sample, sample_named, write
from tests.testing.grading import result_of, setup_for, submission_of
from tests.testing.released import student_files
from tests.testing.warm import run_module

MISTAKES = (
    "dropout/dropout-forgotten",
    "training/gradients-never-cleared",
    "objective/softmax-before-cross-entropy",
    "structure/typo-in-forward",
    "structure/eleven-outputs",
    "structure/linear-stack",
    "structure/layer-created-in-forward",
    "structure/forgets-super-init",
    "dropout/own-dropout-not-scaled",
    "dropout/functional-dropout-without-training",
    "objective/optimizer-of-the-last-layer",
    "objective/loss-detached",
    "training/no-backward",
    "training/never-in-train-mode",
    "training/mean-of-batch-means",
    "training/labels-left-behind",
    "structure/images-not-flattened",
    "structure/forward-without-return",
    "structure/softmax-over-the-batch",
    "dropout/dropout-on-the-scores",
    "objective/learning-rate-zero",
    "objective/nll-on-raw-scores",
    "training/step-before-backward",
    "training/one-epoch-too-few",
    "training/returns-one-number",
)
_TOGETHER = 4
"""How many mistakes one test tries. So each takes less than a minute."""
GROUPS = [pytest.param(MISTAKES[:2], "en"), pytest.param(MISTAKES[2:3], "ru")] + [
    pytest.param(MISTAKES[start : start + _TOGETHER], lang, marks=pytest.mark.exhaustive)
    for start in range(0, len(MISTAKES), _TOGETHER)
    for lang in LANGUAGES
]


def unpack(folder: Path, files: dict[str, bytes]) -> Path:
    """Write `files` to `folder/student`, and return the folder."""
    for name, content in files.items():
        path = folder / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def notebook(cells: list[str]) -> bytes:
    """Make a notebook of these code cells."""
    listed = [{"cell_type": "code", "source": cell, "outputs": [], "metadata": {}} for cell in cells]
    return json.dumps({"cells": listed, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode()


def by_the_grader(path: Path, lang: str, expected: Expectation | None = None) -> tuple[str, str]:
    """Return the first failed test and its sentence, from feedback."""
    sample = Sample(path, expected or Expectation())
    first = first_mistake(result_of(setup_for(sample), submission_of(sample)))
    assert first is not None, path
    return first.verdict.test, said(first.verdict, translator(lang))


def by_pytest(folder: Path, lang: str) -> str:
    """Return what `pytest student` prints, with single spaces."""
    options = ("-q", "-p", "no:cacheprovider", "-p", "pytest_timeout", "--lang", lang)
    environment = {**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return " ".join(run_module("pytest", "student", *options, folder=folder, environment=environment).stdout.split())


def comparable(sentence: str) -> str:
    """Return `sentence` without what differs between places.

    Lines of files and of cells get one word, as module n is cell n here, and measured shares another: each run draws
    its own random numbers.
    """
    sentence = re.sub(r"\b(net|objective|training)\.py:(\d+)", lambda m: f"{ORDER.index(m[1]) + 1}:{m[2]}", sentence)
    cell = r"(?:в ячейке с кодом|в ячейке|code cell|cell) \[?(\d+)\]?, (?:строка|line) (\d+)"
    sentence = re.sub(r"\b\d[.,]\d{2,}\b", "SHARE", re.sub(cell, r"\1:\2", sentence))
    return " ".join(sentence.split())


ORDER = [name.removesuffix(".py") for name in SUBMISSION_MODULES]


@pytest.mark.parametrize(("mistakes", "lang"), GROUPS)
def test_a_mistake_is_told_in_the_same_sentence(mistakes: tuple[str, ...], lang: str, tmp_path: Path) -> None:
    """A mistake is told in one sentence at all places. They are the notebook, the terminal and the feedback.

    The feedback is that on the files and on the notebook.
    """
    samples = {name: write(sample_named(f"buggy/{name}"), tmp_path) for name in mistakes}
    sources = {
        name: [(path / file).read_text(encoding="utf-8") for file in SUBMISSION_MODULES]
        for name, path in samples.items()
    }
    release = unpack(tmp_path / "release", student_files())
    cases = [{"cells": cells, "module": "training", "lang": lang} for cells in sources.values()]
    for (name, cells), verdicts in zip(sources.items(), checked(release, cases, tmp_path), strict=True):
        handed_in = tmp_path / f"{samples[name].name}.ipynb"
        handed_in.write_bytes(notebook(cells))
        test, sentence = by_the_grader(samples[name], lang)
        of_notebook = by_the_grader(handed_in, lang)
        assert (of_notebook[0], comparable(of_notebook[1])) == (test, comparable(sentence)), name
        assert comparable(verdicts[test]["text"]) == comparable(sentence), name
        own = {file: (samples[name] / file).read_bytes() for file in SUBMISSION_MODULES}
        printed = by_pytest(unpack(tmp_path / f"files-{samples[name].name}", student_files() | own), lang)
        assert comparable(sentence) in comparable(printed), name


@pytest.mark.exhaustive
@pytest.mark.parametrize("lang", LANGUAGES)
def test_code_without_end_is_told_in_the_same_sentence(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the line where it was, which on files is that of a file and in a notebook that of a cell."""
    path = write(sample_named("buggy/training/loop-that-only-spins"), tmp_path)
    train = "def train(model, train_loader, criterion, optimizer, n_epochs, device):\n    while True: pass\n"
    (path / "training.py").write_text(train)
    expected = Expectation(time_limit=10)
    monkeypatch.setenv("STUDENT_TEST_SECONDS", "10")
    cells = [(path / file).read_text(encoding="utf-8") for file in SUBMISSION_MODULES]
    handed_in = tmp_path / "spins.ipynb"
    handed_in.write_bytes(notebook(cells))
    test, sentence = by_the_grader(path, lang, expected)
    assert "`while True: pass`" in sentence
    assert "training.py:2" in sentence
    of_notebook = by_the_grader(handed_in, lang, expected)
    assert (of_notebook[0], comparable(of_notebook[1])) == (test, comparable(sentence))
    release = unpack(tmp_path / "release", student_files())
    (verdicts,) = checked(release, [{"cells": cells, "module": "training", "lang": lang}], tmp_path)
    assert comparable(verdicts[test]["text"]) == comparable(sentence)
    own = {file: (path / file).read_bytes() for file in SUBMISSION_MODULES}
    assert comparable(sentence) in comparable(by_pytest(unpack(tmp_path / "files", student_files() | own), lang))
