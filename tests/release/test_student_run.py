"""`pytest student` as a student runs it: the released folder alone, in a process of its own.

Torch is imported before that process is forked; `test_repository.py` starts whole new ones.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.release.repository import find_solutions, student_folder
from tests.testing.warm import run_module

MISTAKES: dict[str, tuple[str, str, str]] = {
    "structure/output-shape": ("net.py", "nn.Linear(512, 10)", "nn.Linear(512, 11)"),
    "structure/linear-stack": ("net.py", "nn.ReLU(),", "nn.Identity(),"),
    "structure/layer-created-in-forward": ("net.py", "self.layers(images)", "nn.Linear(10, 10)(self.layers(images))"),
    "dropout/missing": ("net.py", "nn.Dropout(0.2),\n", "nn.Dropout(0.0),\n"),
    "objective/softmax-twice": ("net.py", "return scores", "return scores.softmax(1)"),
    "objective/not-callable": ("objective.py", "return nn.CrossEntropyLoss(label_smoothing=0.05)", "return 0.5"),
    "training/gradients-not-cleared": ("training.py", "optimizer.zero_grad()", "pass"),
    "training/no-backward": ("training.py", "loss.backward()", "pass"),
    "training/never-train-mode": ("training.py", "model.train()", "model.eval()"),
    "training/loss-not-weighted": ("training.py", "loss.item() * len(labels)", "loss.item()"),
}
"""The message that names the mistake, and how it is made: a file of the solution, what is right, what is wrong."""


def run(
    folder: Path, files: Mapping[str, bytes], *options: str, only: str = "student", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Write `files` as `student/` and run the tests there.

    Args:
        folder: the repository of a student.
        files: its folder `student`.
        options: of pytest.
        only: which tests.
        variables: of the environment.
    """
    for name, content in files.items():
        path = folder / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return run_module(
        *("pytest", only, "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout", *options),
        folder=folder,  # with the plugins that a student has
        environment={**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables},
    )


def with_mistake(name: str, right: str, wrong: str) -> dict[str, bytes]:
    """The filled-in folder with `wrong` in the place of `right`."""
    files = dict(student_folder(find_solutions(), filled_in=True))
    source = files[name].decode()
    assert right in source
    files[name] = source.replace(right, wrong).encode()
    return files


def words(hint: str, language: str = "en") -> str:
    """The beginning of a message, up to its first placeholder."""
    import grader.i18n

    return grader.i18n.messages(language)[hint].partition("{")[0].strip()


@pytest.mark.parametrize("hint", MISTAKES)
def test_a_classic_mistake_is_named(hint: str, tmp_path: Path) -> None:
    """A filled-in copy with one mistake gets the message that names it as the first thing to do, and no traceback."""
    tests = f"student/test_{hint.partition('/')[0]}.py"
    done = run(tmp_path, with_mistake(*MISTAKES[hint]), "--lang", "en", only=tests)
    assert done.returncode == 1
    first = next(line for line in done.stdout.splitlines() if line.startswith("1. "))
    assert words(hint) in first
    assert "Traceback" not in done.stdout


def test_a_syntax_error_stops_no_other_test(tmp_path: Path) -> None:
    """A file that Python cannot read is one thing to do, once: the tests are collected, and the rest is judged."""
    done = run(tmp_path, with_mistake("training.py", "return history", "return history)"), "--full", "--lang", "en")
    assert done.returncode == 1
    (todo,) = (line for line in done.stdout.splitlines() if re.match(r"\d+\. ", line))
    assert todo.startswith("1. [structure/loads] " + words("structure/syntax-bracket"))
    assert re.search(r"\d\d passed", done.stdout)


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    """Names of two modules stand in one message, in words."""
    files = with_mistake("training.py", "def train(", "def train_model(")
    files["objective.py"] = files["objective.py"].replace(b"def make_criterion(", b"def criterion(")
    done = run(tmp_path, files, "--lang", "en", only="student/test_structure.py")
    assert "1. [structure/loads] " + words("structure/name-missing") in done.stdout
    assert "`make_criterion` in `objective.py`; `train` in `training.py`." in done.stdout


def test_a_wrong_signature_is_not_blamed_on_a_line_of_the_tests(tmp_path: Path) -> None:
    """Where no line of the student's raised, the message names none: what the tests run on stays out of it."""
    wrong = with_mistake("training.py", "    n_epochs: int,\n    device: torch.device,\n", "    n_epochs: int,\n")
    done = run(tmp_path, wrong, "--lang", "en", only="student/test_training.py")
    assert done.returncode == 1
    assert words("outcome/signature") in done.stdout
    assert "_kit" not in done.stdout


def test_a_loop_without_end_is_stopped(tmp_path: Path) -> None:
    """The time limit of a test ends in a sentence, and what builds on the loop waits."""
    files = with_mistake("training.py", "    model.train()\n", "    while True:\n        pass\n")
    files["conftest.py"] = files["conftest.py"].replace(b"TEST_SECONDS = 60", b"TEST_SECONDS = 5")
    done = run(tmp_path, files, "--lang", "en", only="student/test_training.py")
    assert done.returncode == 1
    assert words("outcome/timeout") in done.stdout
    assert "1 failed" in done.stdout


def test_tests_of_ones_own_show_what_failed(tmp_path: Path) -> None:
    """A student's own test in the folder is run, and its failed assertion is shown."""
    files = {**student_folder(find_solutions()), "test_mine.py": b"def test_mine():\n    n = 3\n    assert n == 4\n"}
    done = run(tmp_path, files, "--lang", "en", only="student/test_mine.py")
    assert done.returncode == 1
    assert "assert 3 == 4" in done.stdout


def test_a_broken_given_test_says_that_it_is_not_the_students_fault(tmp_path: Path) -> None:
    """A fault in a test that students receive is shown as one, and asks for nothing."""
    files = dict(student_folder(find_solutions(), filled_in=True))
    broken = re.sub(
        rb'(def test_loads.*?""".*?"""\n)',
        rb'\1    raise RuntimeError("broken")\n',
        files["test_structure.py"],
        flags=re.DOTALL,
    )
    assert broken != files["test_structure.py"]
    done = run(tmp_path, {**files, "test_structure.py": broken}, "--lang", "en", only="student/test_structure.py")
    assert done.returncode == 1
    assert "it says nothing about your code" in done.stdout
    assert "1. " not in done.stdout


def test_full_run_says_the_accuracy_with_its_interval(tmp_path: Path) -> None:
    """`--full` trains, here too shortly and on the small digits in want of MNIST, and says how far it got."""
    short = with_mistake("objective.py", "N_EPOCHS = 15", "N_EPOCHS = 1")
    nowhere = str(tmp_path / "nowhere")
    done = run(tmp_path, short, "--full", "--lang", "ru", only="student/test_full.py", GRADER_DATA_ROOT=nowhere)
    assert done.returncode == 1, done.stdout
    assert nowhere in done.stdout  # why it is not MNIST
    assert re.search(r"digits: точность \d\d,\d\d % \(\d+ из 359\), интервал 95 %: [\d,]+–[\d,]+ %", done.stdout)
    assert "цель — 97 %" in done.stdout


def test_full_run_of_stubs_says_what_to_write(tmp_path: Path) -> None:
    """Asked to train what is not written yet, the run names the part, without a traceback."""
    done = run(tmp_path, student_folder(find_solutions()), "--full", "--lang", "en", only="student/test_full.py")
    assert done.returncode == 1
    assert "1. [full/training] `__init__` is not written yet (net.py:" in done.stdout
    assert "Traceback" not in done.stdout


def test_stubs_get_a_list_in_russian(tmp_path: Path) -> None:
    """Untouched stubs give a short list in the student's language, in the order of work."""
    done = run(tmp_path, student_folder(find_solutions()), "--lang", "ru")
    assert done.returncode == 1
    numbered = [line for line in done.stdout.splitlines() if line[:2] in ("1.", "2.", "3.", "4.", "5.")]
    assert 3 <= len(numbered) <= 5
    assert "net.py" in numbered[0]
    assert "training.py" in numbered[-1]


def test_russian_numbers_have_a_comma(tmp_path: Path) -> None:
    """What was measured stands in a Russian sentence as a Russian number; the code beside it stays code."""
    files = with_mistake(*MISTAKES["training/loss-not-weighted"])
    done = run(tmp_path, files, "--lang", "ru", only="student/test_training.py")
    assert re.search(r"получилось \d,\d+ вместо \d,\d+\. `loss\.item\(\)`", done.stdout), done.stdout


def test_last_line_tells_of_the_hidden_tests(tmp_path: Path) -> None:
    """The run ends with what the graded run adds."""
    done = run(tmp_path, student_folder(find_solutions(), filled_in=True), "--lang", "en")
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip().splitlines()[-1].startswith(words("student/graded-run"))


@pytest.mark.exhaustive
def test_a_probe_can_be_stepped_through_as_the_kit_says(tmp_path: Path) -> None:
    """The example of the kit's README leads a debugger into the probe and on into the student's own code."""
    files = student_folder(find_solutions(), filled_in=True)
    for name, content in files.items():
        path = tmp_path / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (example,) = re.findall(r"```python\n(.*?)```", files["_kit/README.md"].decode(), flags=re.DOTALL)
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    own = 1 + files["training.py"].decode().splitlines().index("    model.train()")
    commands = ["args", f"break student/training.py:{own}", "continue", "args", "clear 1", "continue"]
    done = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"},
        input="\n".join([*commands, "continue", ""]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "bench = Bench(" in done.stdout, done.stdout + done.stderr  # the argument of the probe
    assert "model = SmallModel(" in done.stdout  # and one of `train`
    assert "Loop(n_samples=10" in done.stdout


def test_runs_without_the_grader(tmp_path: Path) -> None:
    """No module of the grader is imported by the released folder."""
    files = student_folder(find_solutions())
    offenders = [
        name
        for name, content in files.items()
        if name.endswith(".py") and any(word in content for word in (b"import grader", b"from grader"))
    ]
    assert offenders == []
