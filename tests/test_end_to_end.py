"""Tests of `grader` as its users run it. The command, the sandbox and the training are real."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox import choose
from grader.sandbox.process_tree import descendants
from tests.testing.corpus import FOLDER, sample_named, write

ROOT = Path(__file__).parents[1]
PLAIN = "right/plain-perceptron"
ENDLESS = "buggy/training/loop-that-only-spins"
SIX = {
    PLAIN: None,
    "right/convolutional-net": None,
    "buggy/training/gradients-never-cleared": "training/own-gradient",
    "buggy/dropout/dropout-built-in-forward": "dropout/off-in-eval",
    "buggy/objective/softmax-before-cross-entropy": "objective/fits-scores",
    ENDLESS: "training/runs",
}


def _sandbox_works() -> bool:
    try:
        choose("auto")
    except SandboxUnavailable:
        return False
    return True


pytestmark = [
    pytest.mark.skipif(not _sandbox_works(), reason="no sandbox works here: install bubblewrap"),
    pytest.mark.timeout(900),  # real training, on a machine that may be busy
]


def grader(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run `grader` with these arguments."""
    return subprocess.run(
        [sys.executable, "-m", "grader", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )


def result_of(out: Path, name: str) -> dict[str, object]:
    """The `result.json` of a submission."""
    return json.loads((out / name / "result.json").read_bytes())


def untimed(result: dict[str, object]) -> dict[str, object]:
    """`result` without the duration of its hidden tests."""
    tests = [{**test, "seconds": None} for test in result["tests"]]  # type: ignore[attr-defined]
    return {**result, "tests": tests}


def test_reference_solution_earns_every_point_on_digits(tmp_path: Path) -> None:
    """The reference solution earns every point on the digits.

    The exit code is 0, and the feedback says that it is a trial.
    """
    done = grader("solutions", "--dataset", "digits", "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    result = result_of(tmp_path, "solutions")
    assert result["schema"] == "grader.result/1"
    assert (result["status"], result["score"], result["max_score"]) == ("passed", 100.0, 100.0)
    assert result["provenance"]["dataset"] == "digits"  # type: ignore[index]
    assert "digits" in (tmp_path / "solutions" / "feedback.en.md").read_text(encoding="utf-8")


def test_stubs_earn_no_accuracy_and_say_what_to_do_first(tmp_path: Path) -> None:
    """Stubs earn no accuracy and are told what to do first."""
    done = grader("student", "--dataset", "digits", "--out", tmp_path)
    assert done.returncode == 1, done.stderr
    tests = {test["id"]: test for test in result_of(tmp_path, "student")["tests"]}  # type: ignore[union-attr]
    assert all(test["score"] == 0 for name, test in tests.items() if name.startswith("accuracy/"))
    assert "net.py" in tests["structure/builds"]["message"]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A graded batch of six submissions and a text file."""
    folder = tmp_path_factory.mktemp("batch")
    for name in SIX:
        write(sample_named(name), folder / "submit")
    (folder / "submit" / "notes.txt").write_text("my homework is in the other file", encoding="utf-8")
    done = grader("submit", "--dataset", "digits", "--time-limit", "10", "--out", "grades", cwd=folder)
    return done, folder / "grades"


@pytest.mark.parametrize("name", SIX)
def test_each_of_a_batch_gets_its_verdict(name: str, batch: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Each submission of a batch is judged as if alone. One of them never ends."""
    done, out = batch
    assert done.returncode == 1, done.stderr
    result = result_of(out, Path(name).name)
    failed = [
        test["id"]
        for test in result["tests"]  # type: ignore[union-attr]
        if test["status"] not in ("passed", "blocked") and not test["id"].startswith("accuracy/")
    ]
    assert failed == ([SIX[name]] if SIX[name] else [])


def test_a_text_file_is_a_failed_submission(batch: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """A text file in a batch gets 0 points. It has a result with one message."""
    _, out = batch
    result = result_of(out, "notes")
    assert (result["status"], result["score"]) == ("failed", 0.0)


def test_batch_has_a_grade_book(batch: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """`grades.csv` has a row for each entry of a batch."""
    _, out = batch
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {row["submission"] for row in csv.DictReader(file)}
    assert names == {Path(name).name for name in SIX} | {"notes"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    "how",
    [pytest.param(signal.SIGINT, id="ctrl-c"), pytest.param(signal.SIGTERM, id="kill", marks=pytest.mark.exhaustive)],
)
def test_interrupt_leaves_nothing_behind(how: signal.Signals, tmp_path: Path) -> None:
    """An interrupt leaves no process and no partial result.

    Ctrl-C or a polite kill comes in the middle of a training.
    """
    spinning = write(sample_named(ENDLESS), tmp_path)
    out = tmp_path / "grades"
    running = subprocess.Popen(
        [sys.executable, "-m", "grader", str(spinning), "--dataset", "digits", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell's jobs ignore it
    )
    deadline = time.monotonic() + 60
    while not list(out.glob(".grader/*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(8)  # torch is being imported, or the loop is spinning: both have to end
    tree = descendants(running.pid)
    assert tree
    running.send_signal(how)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + how, said
    assert b"Traceback" not in said
    assert not list(out.rglob("result.json"))
    assert not list(out.rglob("*.tmp"))
    assert [pid for pid in tree if Path(f"/proc/{pid}").exists()] == []


def test_rejudging_changes_nothing_where_nothing_has_changed(tmp_path: Path) -> None:
    """Rejudging a fresh run changes no score. The submission is not run again."""
    grader(FOLDER / PLAIN, "--only", "dropout", "--dataset", "digits", "--out", tmp_path)
    before = untimed(result_of(tmp_path, "plain-perceptron"))
    done = grader("rejudge", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 judged again, 0 changed" in done.stdout
    assert untimed(result_of(tmp_path, "plain-perceptron")) == before


@pytest.mark.skipif(not os.environ.get("GRADER_DATA_ROOT"), reason="MNIST is needed: set GRADER_DATA_ROOT")
def test_mnist_is_the_default(tmp_path: Path) -> None:
    """By default a submission is trained on MNIST from $GRADER_DATA_ROOT."""
    quick = write(sample_named(PLAIN), tmp_path)
    objective = quick / "objective.py"
    source = objective.read_text(encoding="utf-8")
    objective.write_text(source + "\nN_EPOCHS = 1\nBATCH_SIZE = 256\n", encoding="utf-8")
    done = grader(quick, "--out", tmp_path / "grades")
    result = result_of(tmp_path / "grades", quick.name)
    assert result["provenance"]["dataset"] == "mnist", done.stderr  # type: ignore[index]
    assert result["metrics"]["accuracy"] > 0.8  # type: ignore[index]
    assert done.returncode == 1
