"""`pytest student` works as students run it. The released folder is alone, in a process of its own.

Torch is imported before that process is forked; `test_repository.py` starts whole new ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import grader.i18n
from tests.testing.released import student_files
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
"""Classic mistakes, by the message that names each. The values are the file, the right text and the wrong one."""


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
    """Return the filled-in folder with `wrong` in place of `right`."""
    files = student_files(filled_in=True)
    source = files[name].decode()
    assert right in source
    files[name] = source.replace(right, wrong).encode()
    return files


def words(hint: str, language: str = "en") -> str:
    """Return a message up to its first placeholder."""
    return grader.i18n.messages(language)[hint].partition("{")[0].strip()


def sentence(hint: str, **data: object) -> str:
    """Return a message in English, filled in with its data."""
    return grader.i18n.messages("en")[hint].format(**data)


def numbered(printed: str) -> list[str]:
    """Return the lines of the to-do list."""
    return [line for line in printed.splitlines() if re.match(r"\d+\. ", line)]


@pytest.mark.parametrize("hint", MISTAKES)
def test_a_classic_mistake_is_named(hint: str, tmp_path: Path) -> None:
    """A classic mistake is named first in the to-do list. No traceback is printed."""
    tests = f"student/test_{hint.partition('/')[0]}.py"
    done = run(tmp_path, with_mistake(*MISTAKES[hint]), "--lang", "en", only=tests)
    assert done.returncode == 1
    first = next(line for line in done.stdout.splitlines() if line.startswith("1. "))
    assert words(hint) in first
    assert "Traceback" not in done.stdout


def test_a_syntax_error_stops_no_other_test(tmp_path: Path) -> None:
    """A syntax error is one thing to do. The tests are still collected, and the other files judged."""
    done = run(tmp_path, with_mistake("training.py", "return history", "return history)"), "--full", "--lang", "en")
    assert done.returncode == 1
    (todo,) = (line for line in done.stdout.splitlines() if re.match(r"\d+\. ", line))
    assert todo.startswith("1. [structure/loads] " + words("structure/syntax-bracket"))
    assert re.search(r"\d\d passed", done.stdout)


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    """One message names all that is missing in any module, with what is there instead."""
    files = with_mistake("training.py", "def train(", "def train_model(")
    files["objective.py"] = files["objective.py"].replace(b"def make_criterion(", b"def criterion(")
    done = run(tmp_path, files, "--lang", "en", only="student/test_structure.py")
    assert "1. [structure/loads] " + words("structure/name-missing") in done.stdout
    assert "`make_criterion`, which you probably call `criterion` (objective.py:" in done.stdout
    assert "; `train`, which you probably call `train_model` (training.py:" in done.stdout


def test_a_wrong_signature_is_not_blamed_on_a_line_of_the_tests(tmp_path: Path) -> None:
    """A wrong signature is not blamed on a line of the kit.

    Where no line of the student's raised, the message names none.
    """
    wrong = with_mistake("training.py", "    n_epochs: int,\n    device: torch.device,\n", "    n_epochs: int,\n")
    done = run(tmp_path, wrong, "--lang", "en", only="student/test_training.py")
    assert done.returncode == 1
    assert words("outcome/signature") in done.stdout
    assert "_kit" not in done.stdout


ENDLESS = {
    "loop": "while True:\n        pass",
    "catches-all": "import time\n    while True:\n        try:\n            time.sleep(0.01)\n        except: pass",
    "sleeps": "import time\n    time.sleep(10**6)",
    "keeps-the-interpreter": "import itertools\n    sum(itertools.count())",
}
"""Statements that keep `train` from returning, by name."""
SYSTEMS = {"with-alarm": (), "without-alarm": ("-p", "no_alarm", "--timeout-method", "thread")}
"""Pytest options that select a way to stop endless tests.

`with-alarm` is that of Linux and macOS, `without-alarm` that of Windows.
"""


QUICK = ("-k", "output_shape or test_training.py", "--lang", "en")
"""Pytest options that select quick tests, also on a busy machine."""


def endless(statement: str) -> dict[str, bytes]:
    """Return a filled-in folder with `statement` in `train`.

    It has eleven scores too, and its watchdog waits less long.
    """
    files = with_mistake(*MISTAKES["structure/output-shape"])
    train = files["training.py"].decode()
    assert "    model.train()\n" in train
    files["training.py"] = train.replace("    model.train()\n", f"    {statement}\n").encode()
    watchdog = files["_kit/watchdog.py"]
    assert b"GRACE_SECONDS = 5.0" in watchdog
    return {**files, "_kit/watchdog.py": watchdog.replace(b"GRACE_SECONDS = 5.0", b"GRACE_SECONDS = 1.0")}


def sentences_on(way: str) -> set[str]:
    """What may be said of code without end: with any line of the loop, where another thread can look at it."""
    if way == "keeps-the-interpreter":
        return {sentence("outcome/timeout", limit_seconds=8)}
    lines = endless(ENDLESS[way])["training.py"].decode().splitlines()
    loop = [line.strip() for line in ENDLESS[way].splitlines() if not line.startswith("import")]
    begin = next(number for number, line in enumerate(lines) if line.strip() == loop[0])
    assert [line.strip() for line in lines[begin : begin + len(loop)]] == loop
    return {
        sentence("outcome/timeout-at", limit_seconds=8, where=f"training.py:{begin + 1 + number}", code=code)
        for number, code in enumerate(loop)
    }


@pytest.mark.parametrize(
    ("way", "system"),
    [
        ("loop", "with-alarm"),
        ("loop", "without-alarm"),
        ("catches-all", "without-alarm"),
        ("sleeps", "without-alarm"),
        pytest.param("catches-all", "with-alarm", marks=pytest.mark.exhaustive),
        pytest.param("sleeps", "with-alarm", marks=pytest.mark.exhaustive),
        pytest.param("keeps-the-interpreter", "with-alarm", marks=pytest.mark.exhaustive),
        pytest.param("keeps-the-interpreter", "without-alarm", marks=pytest.mark.exhaustive),
    ],
)
def test_code_without_end_is_told_in_the_list(way: str, system: str, tmp_path: Path) -> None:
    """Endless code is told in the to-do list, on every system.

    What was found before stands above it, and no stacks are dumped.
    """
    (tmp_path / "no_alarm.py").write_text("import signal\ndel signal.SIGALRM\n")
    report = tmp_path / "report"
    options = (*QUICK, *SYSTEMS[system], "--watch-report", str(report))
    done = run(tmp_path, endless(ENDLESS[way]), *options, STUDENT_TEST_SECONDS="8")
    assert done.returncode == 1, done.stdout + done.stderr
    first, second = numbered(done.stdout)
    assert first.startswith("1. [structure/output-shape] ")
    assert second.removeprefix("2. [training/runs] ") in sentences_on(way)
    watched = json.loads(report.read_text().splitlines()[-1])["found"]["todo"][1]
    assert watched["where"] == ("" if way == "keeps-the-interpreter" else re.findall(r"training\.py:\d+", second)[0])
    assert sentence("student/graded-run", n=10, accuracy=4, integrity=6) in done.stdout
    assert "Stack of" not in done.stdout + done.stderr
    stops = way == "loop" or (way, system) == ("sleeps", "with-alarm")
    assert (sentence("student/ended-early", n=7) in done.stdout) != stops
    assert ("2 failed, 7 skipped" in done.stdout) == stops


def test_a_loop_that_several_probes_meet_is_told_once(tmp_path: Path) -> None:
    """A network that never answers is one thing to do. Tests that need its answers wait; the others run."""
    files = with_mistake(
        "net.py", "        scores: Tensor", "        while True:\n            pass\n        scores: Tensor"
    )
    options = ("-k", "loads or output_shape or sample_independence or budget", "--lang", "en")
    done = run(tmp_path, files, *options, only="student/test_structure.py", STUDENT_TEST_SECONDS="5")
    source = files["net.py"].decode().splitlines()
    loop = source.index("        while True:") + 1
    lines = {f"net.py:{loop}": "while True:", f"net.py:{loop + 1}": "pass"}
    (todo,) = numbered(done.stdout)
    assert todo.removeprefix("1. [structure/output-shape] ") in {
        sentence("outcome/timeout-at", limit_seconds=5, where=where, code=code) for where, code in lines.items()
    }
    assert "1 failed, 2 passed, 1 skipped" in done.stdout


def test_a_process_that_dies_leaves_the_list(tmp_path: Path) -> None:
    """A crash leaves the to-do list on the screen. Even code that ends Python takes nothing away of what is known."""
    done = run(tmp_path, endless("import os; os._exit(1)"), *QUICK)
    assert done.returncode == 1
    assert numbered(done.stdout)[1:] == ["2. [training/runs] " + sentence("outcome/crashed")]
    assert sentence("student/ended-early", n=7) in done.stdout


def test_the_end_of_a_starved_process_is_no_death(tmp_path: Path) -> None:
    """A late death is told as code without end. A process that was ended before it could say so is no fault."""
    script = tmp_path / "last_words.py"
    script.write_bytes(student_files()["_kit/last_words.py"])
    note = {"overdue": "no end", "died": "a fault", "report": None}
    now, later = (json.dumps({**note, "seconds": seconds}) for seconds in (0, 600))
    for notes, told in ((now, "no end"), (later, "a fault"), (f"{later}\nnull", "")):
        done = subprocess.run([sys.executable, "-I", script], input=notes, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == told


def test_an_endless_test_of_ones_own_is_stopped(tmp_path: Path) -> None:
    """A student's own endless test is stopped. It gets the same limit and sentence; the tests after it run."""
    own = b"def test_loop():\n    while True: pass\n\ndef test_after(): pass\n"
    files = {**student_files(), "test_mine.py": own}
    done = run(tmp_path, files, "--lang", "en", only="student/test_mine.py", STUDENT_TEST_SECONDS="1")
    assert numbered(done.stdout) == [
        "1. [student/test_mine.py::test_loop] "
        + sentence("outcome/timeout-at", limit_seconds=1, where="test_mine.py:2", code="while True: pass")
    ]
    assert "1 failed, 1 passed" in done.stdout


def test_tests_of_ones_own_show_what_failed(tmp_path: Path) -> None:
    """A student's own test runs and shows its failed assertion."""
    files = {**student_files(), "test_mine.py": b"def test_mine():\n    n = 3\n    assert n == 4\n"}
    done = run(tmp_path, files, "--lang", "en", only="student/test_mine.py")
    assert done.returncode == 1
    assert "assert 3 == 4" in done.stdout


def test_a_broken_given_test_says_that_it_is_not_the_students_fault(tmp_path: Path) -> None:
    """A broken given test is shown as no fault of the student's. It asks for nothing."""
    files = student_files(filled_in=True)
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


def test_full_run_below_the_bar_gives_the_graders_advice(tmp_path: Path) -> None:
    """Too low an accuracy gets the grader's advice.

    The full run trains too shortly here, on the digits where MNIST is missing.
    """
    short = with_mistake("objective.py", "N_EPOCHS = 15", "N_EPOCHS = 1")
    nowhere = str(tmp_path / "nowhere")
    done = run(tmp_path, short, "--full", "--lang", "ru", only="student/test_full.py", GRADER_DATA_ROOT=nowhere)
    assert done.returncode == 1, done.stdout
    assert nowhere in done.stdout  # the folder without MNIST is named
    (todo,) = numbered(done.stdout)
    found = re.search(r"(\d\d,\d+) % .*\((\d+) из 359\).* интервал 95 % для точности: \d\d,\d+–\d\d,\d+ %", todo)
    assert found
    reached = float(found[1].replace(",", "."))
    hint, bar = next((h, b) for h, b in (("low-bar", 90), ("middle-bar", 95), ("target", 97)) if reached < b)
    advice = grader.i18n.messages("ru")[f"accuracy/{hint}"]
    assert advice.format(accuracy=found[1], right=found[2], total=359, bar=bar) in todo
    assert done.stdout.count(found[1]) == 1  # the accuracy is said once


def test_full_run_on_the_data_that_is_named(tmp_path: Path) -> None:
    """`--full` trains on the data set that is named. A folder without MNIST is told, and nothing taken instead."""
    files = student_files(filled_in=True)
    only = {"only": "student/test_full.py", "GRADER_DATA_ROOT": ""}
    done = run(tmp_path, files, "--full", "--lang", "en", "--data-root", str(tmp_path / "nowhere"), **only)
    (todo,) = numbered(done.stdout)
    assert todo.startswith(f"1. [full/training] {words('student/full-no-data')} there is no MNIST in {tmp_path}")
    done = run(tmp_path, files, "--full", "--lang", "en", "--dataset", "digits", **only)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^Training on digits: 1438 images in batches of 256, \d+ epochs\.$", done.stdout, re.M)
    assert re.search(
        r"^digits: accuracy 9\d\.\d\d % \(\d+ of 359\), 95 % interval [\d.]+ to [\d.]+ %$", done.stdout, re.M
    )
    assert words("student/next-hand-in") in done.stdout


def test_the_real_training_waits_for_the_quick_tests(tmp_path: Path) -> None:
    """The full run waits until the quick tests pass, and says so."""
    files = with_mistake(*MISTAKES["dropout/missing"])
    done = run(tmp_path, files, "student/test_full.py", "--full", "--lang", "en", only="student/test_dropout.py")
    assert sentence("student/full-waits") in done.stdout
    assert "accuracy" not in done.stdout.partition("Not among them")[0]


def test_full_run_of_stubs_says_what_to_write(tmp_path: Path) -> None:
    """A full run of stubs says what to write, without a traceback."""
    done = run(tmp_path, student_files(), "--full", "--lang", "en", only="student/test_full.py")
    assert done.returncode == 1
    assert "1. [full/training] `__init__` is not written yet (net.py:" in done.stdout
    assert "Traceback" not in done.stdout


def test_stubs_get_a_list_in_russian(tmp_path: Path) -> None:
    """Untouched stubs get a short to-do list in Russian. It is in the order of work."""
    done = run(tmp_path, student_files(), "--lang", "ru")
    assert done.returncode == 1
    numbered = [line for line in done.stdout.splitlines() if line[:2] in ("1.", "2.", "3.", "4.", "5.")]
    assert 3 <= len(numbered) <= 5
    assert "net.py" in numbered[0]
    assert "training.py" in numbered[-1]
    assert "test_full" not in done.stdout.rpartition("100%")[2]  # the full run was not asked for


def points(printed: str) -> dict[str, str]:
    """Return the points that a run prints, by category."""
    return dict(re.findall(r"^(\S.*?) +(\d+ of \d+)$", printed, flags=re.MULTILINE))


def test_when_everything_passes_points_and_the_next_step_are_said(tmp_path: Path) -> None:
    """A solution is shown its points and the next step. That is what the graded run adds."""
    done = run(tmp_path, student_files(filled_in=True), "--lang", "en")
    assert done.returncode == 0, done.stdout
    assert points(done.stdout) == {
        "Structure": "20 of 20",
        "Dropout": "15 of 15",
        "Loss and optimizer": "15 of 15",
        "Training loop": "20 of 20",
        "All quick tests": "70 of 70",
    }
    assert sentence("student/points-rest", rest=30) in done.stdout
    assert sentence("student/watch-all", total=27) in done.stdout
    assert done.stdout.strip().splitlines()[-1].startswith(words("student/graded-run"))


def test_points_of_a_part_are_called_so(tmp_path: Path) -> None:
    """Points of some of the tests are called so.

    A mistake and what waits for it bring none; tests that have not run don't count.
    """
    done = run(tmp_path, with_mistake(*MISTAKES["dropout/missing"]), "--lang", "en", only="student/test_dropout.py")
    found = points(done.stdout)
    assert set(found) == {"Dropout", "The tests that ran"}
    got, most = map(int, found["Dropout"].split(" of "))
    assert got < most == 15
    assert sentence("student/next-todo") in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_messages_are_wrapped_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal, messages are wrapped between words at its width. Elsewhere a message is one line."""
    import pty

    files = {**student_files(), "test_mine.py": b"def test_mine(): pass\n"}
    assert (
        max(map(len, run(tmp_path, files, "--lang", "en", only="student/test_structure.py").stdout.splitlines())) > 100
    )
    inside, outside = pty.openpty()
    command = [sys.executable, "-m", "pytest", "student/test_structure.py", "-q", "-p", "no:cacheprovider"]
    plain = {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "60", "TERM": "dumb"}
    process = subprocess.Popen(
        [*command, "--lang", "en"], cwd=tmp_path, env={**os.environ, **plain}, stdout=outside, stderr=outside
    )
    os.close(outside)
    written = b""
    with contextlib.suppress(OSError):  # at the end, reading a pseudo-terminal raises
        while more := os.read(inside, 1 << 16):
            written += more
    os.close(inside)
    assert process.wait() == 1
    lines = written.decode().replace("\r\n", "\n").splitlines()
    assert max(map(len, lines)) < 60 + 1
    start = next(number for number, line in enumerate(lines) if line.startswith("1. [structure/"))
    assert lines[start + 1].startswith("   ")
    assert lines[start + 1][3] != " "


@pytest.mark.exhaustive
def test_a_probe_can_be_stepped_through_as_the_kit_says(tmp_path: Path) -> None:
    """A debugger steps through a probe as the kit's README shows. It goes on into the student's own code."""
    files = student_files(filled_in=True)
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
    assert "model = SmallModel(" in done.stdout  # an argument of `train`
    assert "Loop(n_samples=10" in done.stdout


def test_runs_without_the_grader(tmp_path: Path) -> None:
    """The released folder imports nothing of the grader."""
    files = student_files()
    offenders = [
        name
        for name, content in files.items()
        if name.endswith(".py") and any(word in content for word in (b"import grader", b"from grader"))
    ]
    assert offenders == []
