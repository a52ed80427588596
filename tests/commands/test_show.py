"""Tests of `grader show`.

A class and one submission are shown on a terminal, on a pipe, and on a pipe that closes early.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from grader.cli import run
from grader.i18n import LANGUAGES, translator
from grader.model import Identity, Metrics, Result
from grader.report.detail import class_at_a_glance, one_in_full
from tests.testing.results import HOSTILE, PROVENANCE, confusion, make_hostile, scored
from tests.testing.stored import faulty, graded, stored

ROOT = Path(__file__).parents[2]
METRICS = Metrics(
    accuracy=0.9812,
    correct=9812,
    test_size=10_000,
    train_seconds=56.25,
    epochs=3,
    train_loss=(0.5, 0.25, float("nan")),
    n_parameters=669_706,
    confusion=confusion(980, {(4, 9): 12, (9, 4): 7}),
)
ANNA = Result(
    Identity("anna", {"name": "Анна Ильина", "id": "0417"}, submitted="2026-01-04T21:10:00Z"),
    "failed",
    82.0,
    100.0,
    (
        scored("structure/loads", points=(60.0, 60.0)),
        scored("training/own-gradient", "failed", (0.0, 18.0), hint="training/gradients-not-cleared", staff_note="k 1"),
        scored("training/epochs", "blocked", (0.0, 0.0), blocked_by="training/own-gradient"),
        scored("accuracy/low-bar", points=(22.0, 22.0)),
    ),
    METRICS,
    PROVENANCE,
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder with three people. Two have made the same mistake, and there is an adjustment."""
    folder = stored(tmp_path / "grades", ANNA, graded("boris", 100), replace(ANNA, identity=Identity("clara")))
    (folder / "adjustments.csv").write_text("submission,test,points,comment,by\nanna,total,+5,nice plot,Dr. I\n")
    return folder


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run `grader show`, which must succeed; return what it prints. Nothing may be on stderr."""
    assert run(["show", *map(str, arguments)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


def test_a_class_is_the_table_and_what_most_repair_first(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A class is shown with its most common mistakes.

    Everybody stands in the order of names; a mistake has its words, a count and who made it.
    """
    text = shown(capsys, out, "--lang", "en")
    table, below = text.split("What most have to repair first\n")
    assert [line.split()[0] for line in table.splitlines()[2:5]] == ["anna", "boris", "clara"]
    words = translator("en")
    lines = below.splitlines()
    assert lines[0] == f"  2 × {words('title/training/own-gradient', {})} (anna, clara)"
    assert lines[1].strip() == words("training/gradients-not-cleared", {})
    assert lines[-1] == str(out / "overview.md")
    assert "\x1b" not in text


def test_a_class_shows_its_grade_book_and_who_is_missing(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table has what was earned; below stands what counts, and who of the roster has handed in nothing."""
    (out / ".grader" / "roster.csv").write_text("name,id\nАнна Ильина,0417\nOscar Ortega,1013\n")
    text = shown(capsys, out, "--lang", "en")
    _, _, below = text.partition("Adjustments and lateness\n")
    assert below.splitlines()[:4] == [
        "  anna: In the grade book: 87 of 100 points.",
        "",
        "Handed in nothing",
        "  Oscar Ortega",
    ]


def test_a_message_stays_below_its_title() -> None:
    """On a narrow terminal too: all lines of a message begin in one column."""
    text = class_at_a_glance([ANNA, replace(ANNA, identity=Identity("clara"))], translator("en"), width=60)
    lines = re.sub(r"\x1b\[[\d;]*m", "", text).partition("What most have to repair first\n")[2].splitlines()
    begins = [i for i, line in enumerate(lines) if line.lstrip().startswith("Gradients")]
    assert len(begins) == 1
    assert len(lines) > begins[0] + 1
    assert {len(line) - len(line.lstrip()) for line in lines[begins[0] :]} == {6}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_submission_in_full(language: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One submission is shown with all its parts. They come in order under their headings, with the notes for staff."""
    text = shown(capsys, out, "anna", "--lang", language)
    words = translator(language)
    parts = ["first", "confusions", "curve", "adjusted-title", "staff-notes", "run"]
    headings = [words(f"report/{part}", {}) for part in parts]
    assert [line for line in text.splitlines() if line in headings] == headings
    for said in (
        "Анна Ильина, 0417",
        words("training/gradients-not-cleared", {}),
        words("report/final", {"score": "87", "max_score": "100"}),
        "nice plot",
        f"{words('title/training/own-gradient', {})}: k 1",
        f"{words('report/run-submitted', {})}: 2026-01-04T21:10:00Z",
        words("report/confused", {"n": 12, "true": 4, "predicted": 9, "of": 992}),
    ):
        assert said in text
    assert [len(re.findall("█", line)) for line in text.splitlines() if re.match(r" +[123]  ", line)] == [40, 20, 0]
    assert text.splitlines()[-1] == str(out / "anna")


@pytest.mark.parametrize("called", ["anna", "ANNA", "0417", "анна ильина"])
def test_whoever_is_meant_is_found(called: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person is found by submission name, student name or number."""
    assert "anna: 82 / 100" in shown(capsys, out, called, "--lang", "en")


def test_an_attempt_that_does_not_count_is_shown_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An attempt that does not count is shown by its name. The class has only the best of each person."""
    first, second = (
        replace(graded(f"anna-{n}", score), identity=Identity(f"anna-{n}", attempt_of="anna"))
        for n, score in ((1, 100), (2, 50))
    )
    folder = stored(tmp_path / "grades", first, second, graded("boris", 100))
    assert "anna-2" not in shown(capsys, folder).partition("\n\n")[0]
    assert "anna-2: 50 / 100" in shown(capsys, folder, "anna-2", "--lang", "en")


@pytest.mark.parametrize(
    ("called", "said"),
    [("ana", "did you mean `anna`?"), ("zzz", "lists everybody"), ("\x1b[2Jx", "nobody in")],
)
def test_nobody_of_that_name_is_one_line(called: str, said: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown name is wrong usage. One line says who may have been meant."""
    assert run(["show", str(out), called]) == 2
    printed, told = capsys.readouterr()
    assert printed == ""
    assert told.count("\n") == 1
    assert said in told
    assert "\x1b" not in told


def test_a_name_that_several_have_is_asked_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that several have is refused. Their submissions are named."""
    folder = stored(tmp_path, graded("s1", 100, {"name": "Ivan"}), graded("s2", 50, {"name": "Ivan"}))
    assert run(["show", str(folder), "ivan"]) == 2
    assert "any of s1, s2" in capsys.readouterr().err


def test_a_folder_without_results_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without results is refused in one line.

    It may be an empty folder or one that nobody was graded into, and nothing is written.
    """
    assert run(["show", str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    stored(tmp_path / "grades")
    assert run(["show", str(tmp_path / "grades")]) == 2
    assert "holds no results yet" in capsys.readouterr().err


def test_a_fault_of_ours_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of the grader stands in place of points."""
    folder = stored(tmp_path / "grades", faulty("dora"))
    assert "The grader failed on dora: the disk is full" in shown(capsys, folder, "dora", "--lang", "en")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [None, 60])
def test_strangers_text_moves_no_cursor(text: str, width: int | None) -> None:
    """Hostile text cannot control the terminal.

    Only our own colours do, whatever stands in names, messages and notes.
    """
    hostile = make_hostile(text, ANNA)
    for written in (
        one_in_full(hostile, translator("en"), width=width),
        class_at_a_glance([hostile, ANNA], translator("en"), width=width),
    ):
        plain = re.sub(r"\x1b\[[\d;]*m", "", written) if width else written
        assert [character for character in plain if not character.isprintable() and character != "\n"] == []


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_is_enough(width: int) -> None:
    """No line is wider than a narrow terminal. Russian is tried, which has the longer words."""
    for text in (
        one_in_full(ANNA, translator("ru"), width=width),
        class_at_a_glance([ANNA, replace(ANNA, identity=Identity("clara" * 8))], translator("ru"), width=width),
    ):
        plain = re.sub(r"\x1b\[[\d;]*m", "", text)
        assert max(cell_len(line) for line in plain.splitlines()) <= width
        assert [line for line in plain.splitlines() if "█" in line and not re.match(r" +\d+ +\d,\d+ +█+$", line)] == []


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_on_a_terminal_there_are_colours_and_its_width(out: Path) -> None:
    """On a terminal the output has colours and keeps its width."""
    import fcntl
    import pty
    import termios

    inside, outside = pty.openpty()
    fcntl.ioctl(outside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    showing = subprocess.Popen(
        [sys.executable, "-m", "grader", "show", str(out), "anna", "--lang", "ru"],
        cwd=ROOT,
        env={**environment, "TERM": "xterm-256color"},
        stdout=outside,
    )
    os.close(outside)
    written = b""
    while True:
        try:
            read = os.read(inside, 1 << 16)
        except OSError:  # Linux raises this when the other side is closed
            break
        if not read:
            break
        written += read
    os.close(inside)
    assert showing.wait(60) == 0
    text = written.decode()
    assert "\x1b[32m" in text
    *lines, path = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    assert max(map(cell_len, lines)) <= 50
    assert path == str(out / "anna")


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    """A reader that leaves early causes no error. `| head -1` ends in silence, with the exit code of what was shown."""
    out = stored(tmp_path / "grades", *(graded(f"s{n}", 50) for n in range(2000)))
    command = f"'{sys.executable}' -m grader show '{out}' | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[1:] == ["0"]
    assert done.stderr == ""
