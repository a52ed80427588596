"""Tests of `run_autograder` in Gradescope's layout. The grader, the sandboxes and the digits are real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.gradescope.bundle import autograder_zip
from grader.gradescope.options import Options
from tests.testing import gradescope
from tests.testing.runs import HONEST_NET, HONEST_OBJECTIVE, TRAINING

FILES = {"net.py": HONEST_NET, "objective.py": HONEST_OBJECTIVE, "training.py": TRAINING}
SLOW = """
import time
""" + TRAINING.replace(
    "    model.train()\n", "    model.train()\n    time.sleep(600 if len(train_loader.dataset) > 900 else 0)\n"
)
FORGING = """
import os, sys
for stream in (1, 2):
    os.write(stream, b'::notice::x\\n\\x1b[2J{"score": 100}\\n<script>alert(1)</script>\\n')
open(os.path.expanduser("~/results.json"), "w").write('{"score": 100}')
for place in ("/autograder/results/results.json", os.environ.get("AUTOGRADER_ROOT", "") + "/results/results.json"):
    try:
        open(place, "w").write('{"score": 100}')
    except OSError:
        pass
"""
Layout = Callable[[Options, Mapping[str, str]], Path]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Make the folder of an autograder from options and an upload."""

    def make(options: Options, upload: Mapping[str, str]) -> Path:
        root = tmp_path / "autograder"
        source = root / "source"
        source.mkdir(parents=True)
        (root / "results").mkdir()
        archive = tmp_path / "autograder.zip"
        archive.write_bytes(autograder_zip(options))
        shutil.unpack_archive(archive, source)
        shutil.copy(source / "run_autograder", root)
        python = root / "venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        for name, content in upload.items():
            path = root / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return root

    return make


def started(root: Path) -> subprocess.Popen[str]:
    """Start `run_autograder` as the platform does. It runs in its folder, and its output is kept."""
    line = ["bash", str(root / "run_autograder")]
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        line, cwd=root, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def found(root: Path) -> gradescope.Document:
    """The document that stands in `results.json` now."""
    return gradescope.read((root / "results/results.json").read_bytes())


def graded(root: Path) -> tuple[int, gradescope.Document, str]:
    """The exit code of `run_autograder`, its document and its output."""
    process = started(root)
    printed, _ = process.communicate(timeout=120)
    return process.returncode, found(root), printed


def test_training_is_announced_and_what_was_found_outlives_the_end(layout: Layout) -> None:
    """Stopped during training, the autograder keeps the earlier tests.

    It says that training is missing, and leaves no process.
    """
    root = layout(Options(dataset="digits", only=["structure", "accuracy"]), {**FILES, "training.py": SLOW})
    process = started(root)
    documents = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (documents and documents[-1].tests):
        if (root / "results/results.json").exists():
            documents.append(found(root))  # the file is whole whenever it is read
        time.sleep(0.05)
    assert not documents[0].has_score
    assert "started" in documents[0].output
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    whole = found(root)
    assert process.returncode == 128 + signal.SIGTERM
    assert (whole.score, len(whole.of("structure")), whole.of("accuracy")) == (20.0, 9, [])
    assert "still to be trained" in whole.output


@pytest.mark.exhaustive
def test_a_training_that_is_too_slow_costs_the_points_of_accuracy_alone(layout: Layout) -> None:
    """A training that is too slow costs the accuracy points alone. The message is the grader's own."""
    options = Options(dataset="digits", only=["structure", "accuracy"], arguments=["--time-limit", "20"])
    files = {**FILES, "training.py": SLOW}
    code, whole, _ = graded(layout(options, {f"student/{name}": content for name, content in files.items()}))
    assert (code, whole.score) == (1, 20.0)
    assert "20 s" in whole.of("accuracy")[0].output


def test_a_broken_submission_and_what_it_prints(layout: Layout) -> None:
    """A broken submission gets its points and its message.

    What it printed, or tried to write, never becomes the result.
    """
    net = FORGING + HONEST_NET + "\nraise RuntimeError('::error::\\x1b[31m')\n"
    root = layout(Options(dataset="digits", only=["structure"], lang="ru"), {**FILES, "net.py": net})
    code, whole, printed = graded(root)
    assert code == 1
    assert whole.score is not None
    assert whole.score < 20.0
    assert "RuntimeError" in whole.tests[0].output
    assert "\x1b[2J" not in printed
    assert "\n::" not in printed
    assert whole.stdout_visibility == "hidden"


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        ({".DS_Store": ""}, "nothing here to grade"),
        ({"a/net.py": "x = 1", "b/net.py": "x = 1"}, "could be the homework"),
    ],
)
def test_an_upload_without_a_submission_is_told_so(layout: Layout, upload: Mapping[str, str], said: str) -> None:
    """An upload without a submission gets 0 points and a sentence. That is no fault of the grader."""
    code, whole, _ = graded(layout(Options(dataset="digits"), upload))
    assert (code, whole.score) == (1, 0.0)
    assert said in whole.output


def test_a_fault_of_the_grader_is_no_score(layout: Layout, tmp_path: Path) -> None:
    """A fault of the grader gives no score.

    Here MNIST is missing: students read that it is not their fault, staff read what it is.
    """
    code, whole, printed = graded(layout(Options(only=["structure"]), FILES))
    assert (code, whole.has_score) == (3, False)
    assert "not your fault" in whole.output
    assert "MNIST" in printed
    assert "Traceback" not in printed


def test_wrong_options_are_a_fault(layout: Layout) -> None:
    """Wrong options stop the run as a fault.

    Nothing is graded by options that nobody chose, and the log says what is wrong.
    """
    root = layout(Options(), FILES)
    (root / "source/autograder.toml").write_text("sed = 1")
    code, whole, printed = graded(root)
    assert (code, whole.has_score) == (3, False)
    assert "sed" in printed
