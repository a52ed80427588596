"""Tests of the command as a user meets it. They look at its words, its streams and its exit codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader import __version__
from grader.categories import CATEGORIES
from grader.commands import COMMANDS, DEFAULT
from grader.datasets import DATASETS
from grader.export.registry import EXPORTERS, PUSHERS
from grader.i18n import LANGUAGES
from grader.sandbox.registry import BACKENDS
from grader.schedule.registry import ENGINES

ROOT = Path(__file__).parents[1]
OPTIONS = "--out --only --dataset --data-root --device --time-limit --jobs --sandbox --seed".split()


def grader(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m grader` in `cwd`, with its own home folder."""
    return subprocess.run(
        [sys.executable, "-m", "grader", *map(str, arguments)],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HOME": str(cwd),
            "XDG_DATA_HOME": str(cwd / ".data"),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line with which a run was refused."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("grader: ")
    return line


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    """A folder with one submission in it."""
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "net.py").write_text("class Net: ...\n", encoding="utf-8")
    return tmp_path


def test_help_names_every_option_of_the_contract(tmp_path: Path) -> None:
    """The help names every option of the contract.

    It has their values, the other commands and the exit codes, within a terminal's width.
    """
    done = grader("--help", cwd=tmp_path, COLUMNS="100")
    assert (done.returncode, done.stderr) == (0, "")
    assert [option for option in OPTIONS if option not in done.stdout] == []
    assert "{auto,cpu,cuda}" in done.stdout
    assert [word for word in (*CATEGORIES, "exit codes") if word not in done.stdout] == []


def test_help_reads_the_registries(tmp_path: Path) -> None:
    """Everything registered can be chosen and is in the help.

    This holds for data sets, backends, engines, languages and export targets.
    """
    help_text = grader("--help", cwd=tmp_path, COLUMNS="100").stdout
    for option, values in (
        ("--dataset", tuple(DATASETS)),
        ("--sandbox", ("auto", *BACKENDS)),
        ("--engine", tuple(ENGINES)),
        ("--lang", LANGUAGES),
    ):
        assert f"{option} {{{','.join(values)}}}" in help_text
    targets = grader("export", "--help", cwd=tmp_path, COLUMNS="100").stdout
    assert [target for target in (*EXPORTERS, *PUSHERS) if f"\n    {target}" not in targets] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_and_explains_itself(name: str, tmp_path: Path) -> None:
    """Every command is listed and has its own help. The README names it, too; the default command needs no name."""
    done = grader(name, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    whole = grader("--help", cwd=tmp_path).stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if name == DEFAULT:
        assert done.stdout == whole
    else:
        assert f"\n  grader {name} " in whole
        assert f"grader {name}" in readme
        assert f"usage: grader {name}" in done.stdout


@pytest.mark.parametrize("more", [[], ["--only", "structure"]], ids=["much to say", "little to say"])
@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_has_seen_enough_changes_nothing(more: list[str], buffered: str, homework: Path) -> None:
    """A reader that stops early changes nothing.

    With `grader … | head` the exit code fits the results, and nothing is on stderr.
    """
    (homework / "batch").mkdir()
    (homework / "batch" / "notes.txt").write_text("see other file", encoding="utf-8")
    arguments = ["batch", "--dataset", "digits", "--sandbox", "none", "--time-limit", "5", *more]
    process = subprocess.Popen(
        [sys.executable, "-m", "grader", *arguments],
        cwd=homework,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(homework), "PYTHONUNBUFFERED": buffered},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaints = process.stderr.read()
    assert process.wait(60) == 1, complaints
    assert complaints == ""
    assert (homework / "grades" / "grades.csv").is_file()


def test_version(tmp_path: Path) -> None:
    """`--version` prints one line on stdout."""
    done = grader("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"grader {__version__}\n")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["no-such-path"], ["--seed", "x", "."]])
def test_what_needs_no_torch_imports_none(arguments: list[str], tmp_path: Path) -> None:
    """Help and usage errors do not import torch."""
    code = (
        "import sys\nfrom grader.cli import run\n"
        "try:\n    run(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({'torch', 'torchvision', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "LOADED", done.stderr


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    """A path that does not exist is named."""
    assert "no-such-folder" in refused(grader("no-such-folder", "--dataset", "digits", cwd=tmp_path))


def test_a_folder_without_any_entry(tmp_path: Path) -> None:
    """A folder without entries is wrong usage. Litter is no entry."""
    empty = tmp_path / "empty"
    (empty / "__pycache__").mkdir(parents=True)
    (empty / ".DS_Store").write_bytes(b"x")
    assert "empty" in refused(grader(empty, "--dataset", "digits", cwd=tmp_path))


def test_no_path_at_all(tmp_path: Path) -> None:
    """Without a path the line points to the help."""
    line = refused(grader(cwd=tmp_path))
    assert "PATH" in line
    assert "grader --help" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dataset", "cifar"], ["cifar", "mnist", "digits"]),
        (["--device", "tpu"], ["tpu", "cpu"]),
        (["--sandbox", "jail"], ["jail", "bwrap"]),
        (["--only", "dropuot"], ["dropuot", *CATEGORIES]),
        (["--only", ","], [*CATEGORIES]),
        (["--time-limit", "0"], ["--time-limit", "0"]),
        (["--time-limit", "nan"], ["nan"]),
        (["--time-limit", "soon"], ["soon"]),
        (["--jobs", "0"], ["--jobs", "0"]),
        (["--jobs", "1.5"], ["1.5"]),
        (["--jobs", "alice"], ["--jobs", "alice", "behind the paths"]),
        (["--seed", "-1"], ["--seed"]),
        (["--seed", "99999999999"], ["99999999999"]),
        (["--sed", "1"], ["--sed"]),
        (["--out"], ["--out"]),
        (["--out", ""], ["--out", "empty"]),
        ([""], ["PATH", "empty"]),
    ],
    ids=" ".join,
)
def test_a_value_that_is_none_of_the_allowed(arguments: list[str], said: list[str], homework: Path) -> None:
    """A wrong value is refused with the right ones."""
    line = refused(grader("alice", *arguments, cwd=homework))
    assert [word for word in said if word not in line] == []


def test_a_path_is_not_taken_for_the_number_of_jobs(homework: Path) -> None:
    """A path is not taken for the number of jobs.

    `grader --jobs submit/` is answered with what to do; behind the paths the number may be left out.
    """
    line = refused(grader("--jobs", "alice", cwd=homework))
    assert "`alice` is not a whole number from 1 up" in line
    assert "write --jobs behind the paths" in line
    (homework / "batch").mkdir()
    (homework / "batch" / "notes.txt").write_text("see other file", encoding="utf-8")
    assert grader("batch", "--dataset", "digits", "--sandbox", "none", "--jobs", cwd=homework).returncode == 1


def test_missing_mnist_is_told_and_never_replaced(homework: Path) -> None:
    """Missing MNIST is reported and never replaced. Nothing is downloaded or graded."""
    (homework / "nothing").mkdir()
    line = refused(
        grader("alice", "--data-root", "nothing", "--sandbox", "none", cwd=homework, GRADER_DATA_ROOT="/nonexistent")
    )
    assert "MNIST" in line
    assert "nothing" in line
    assert not list(homework.glob("grades/alice"))


def test_an_output_folder_that_cannot_be_written(homework: Path) -> None:
    """An output folder that cannot be written stops the run early. Nothing is trained before."""
    (homework / "grades").write_text("a file", encoding="utf-8")
    line = refused(grader("alice", "--dataset", "digits", cwd=homework))
    assert "--out grades" in line


def test_a_missing_gpu_is_told(homework: Path) -> None:
    """`--device cuda` without a GPU is wrong usage."""
    if Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists():
        pytest.skip("this machine has a GPU")
    assert "--device cuda" in refused(grader("alice", "--device", "cuda", cwd=homework))


def test_an_error_never_shows_a_traceback(homework: Path) -> None:
    """An error never shows a traceback. A name that no terminal can show is tried."""
    done = grader(b"\xff\xfe".decode(errors="surrogateescape"), "--dataset", "digits", cwd=homework)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not re.search(r"^  File ", done.stderr, re.MULTILINE)


def test_a_submission_that_fails_ends_with_one(homework: Path) -> None:
    """A failed submission ends with exit code 1.

    A text file needs no sandbox: it gets 0 points, and the table goes to stdout.
    """
    (homework / "batch").mkdir()
    (homework / "batch" / "notes.txt").write_text("see other file", encoding="utf-8")
    done = grader("batch", "--dataset", "digits", "--sandbox", "none", "--time-limit", "5", cwd=homework)
    assert done.returncode == 1, done.stderr
    assert "notes" in done.stdout
    assert (homework / "grades" / "notes" / "result.json").is_file()
    assert (homework / "grades" / "grades.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["rejugde", "grades"], "grader rejudge"),
        (["exprot", "csv", "grades"], "grader export"),
        (["export", "cvs", "grades"], "csv"),
        (["export", "csv", "grades", "--outptu", "x"], "--output"),
        (["release", "--nbgradr", "x"], "--nbgrader"),
        (["alice", "--only", "structure,dropuot"], "dropout"),
        (["alice", "--only", "Training"], "training"),
        (["alice", "--dataset", "mnits"], "mnist"),
        (["alice", "--sandbox", "bwarp"], "bwrap"),
        (["alice", "--lang", "rus"], "ru"),
        (["alice", "--engine", "locl"], "local"),
        (["alice", "--sed", "1"], "--seed"),
        (["alice", "--time-limt=3"], "--time-limit"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistyped_word_is_understood(arguments: list[str], meant: str, homework: Path) -> None:
    """A mistyped word is answered with the right one. It may be a command, a target, an option or its value."""
    assert f"did you mean `{meant}`?" in refused(grader(*arguments, cwd=homework))


def test_a_path_that_resembles_no_command_is_a_path(homework: Path) -> None:
    """A path unlike any command gets no suggestion. Nor does an existing folder that is called almost like one."""
    assert "did you mean" not in refused(grader("week-3", cwd=homework))
    (homework / "exports").mkdir()
    assert "did you mean" not in refused(grader("exports", cwd=homework))


@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_complaints_that_nobody_reads_stop_nothing(buffered: str, homework: Path) -> None:
    """A closed stderr stops nothing.

    With `grader … 2>&1 | head` everything is graded, and the exit code fits the results.
    """
    (homework / "batch").mkdir()
    (homework / "batch" / "notes.txt").write_text("see other file", encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "grader", "batch", "--dataset", "digits", "--only", "structure"],
        cwd=homework,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(homework), "PYTHONUNBUFFERED": buffered},
        stdout=writer,
        stderr=writer,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 1
    assert (homework / "grades" / "grades.csv").is_file()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_nowhere(closed: str, homework: Path) -> None:
    """Closed streams are not used, nor mistaken for a file. A service manager or `>&-` may have closed them."""
    (homework / "batch").mkdir()
    (homework / "batch" / "notes.txt").write_text("see other file", encoding="utf-8")
    command = f"{sys.executable} -m grader batch --dataset digits --sandbox none {closed}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(homework)}
    done = subprocess.run(
        command, shell=True, cwd=homework, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stderr
    assert (homework / "grades" / "notes" / "result.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_one_line_with_what_to_do(homework: Path) -> None:
    """A full disk is reported in one line. It says what to do, and is no internal error."""
    (homework / "batch").mkdir()
    (homework / "batch" / "notes.txt").write_text("see other file", encoding="utf-8")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "grader", "batch", "--dataset", "digits", "--sandbox", "none"],
            cwd=homework,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(homework)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert "no room left for what is printed (No space left on device): free some" in done.stderr
    assert "internal error" not in done.stderr


def test_a_batch_tells_of_each_that_is_done(homework: Path) -> None:
    """Each submission of a batch is reported as it ends.

    The lines go to stderr; the table on stdout is in name order.
    """
    for name in ("s10", "s2", "s1"):
        (homework / "batch" / name).mkdir(parents=True)
        (homework / "batch" / name / "notes.txt").write_text("see other file", encoding="utf-8")
    done = grader("batch", "--dataset", "digits", "--sandbox", "none", "--lang", "ru", cwd=homework)
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stderr.splitlines() if " / 100 · Все модули импортируются" in line]
    assert sorted(line.partition(":")[0] for line in lines) == ["s1", "s10", "s2"]
    rows = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("s")]
    assert rows == ["s1", "s2", "s10"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_to_the_feedback_is_in_the_language_of_the_run(language: str, homework: Path) -> None:
    """The last line names feedback in the run's language. That file exists."""
    (homework / "alice" / "net.py").write_text("class Net(", encoding="utf-8")
    arguments = ["--dataset", "digits", "--sandbox", "none", "--only", "structure", "--lang", language]
    done = grader("alice", *arguments, cwd=homework)
    last = done.stdout.splitlines()[-1]
    assert last == f"grades/alice/feedback.{language}.html", done.stderr
    assert (homework / last).is_file()
