"""An output folder goes by the assignment that it was graded by. Results of another one are not mixed with it."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from grader.assignment import DEFAULT, VARIABLE, AssignmentFile, load_assignment
from grader.cli import run
from grader.gradebook import read_terms
from grader.kept_assignment import FILE, assignment_of, check_same, keep_assignment, kept_assignment
from grader.serve.live import LiveClass
from grader.store import FOLDER
from tests.testing.courses import other_assignment
from tests.testing.stored import graded, stored

OWN = "the grader's own assignment.toml"
CYRILLIC = re.compile("[а-я]")


@pytest.fixture(autouse=True)
def no_assignment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the assignment that whoever runs the tests has named."""
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def other(tmp_path: Path) -> AssignmentFile:
    """The assignment of a course with other numbers, in Russian and with a deadline."""
    return other_assignment(tmp_path)


@pytest.fixture
def out(tmp_path: Path, other: AssignmentFile) -> Path:
    """An output folder that was graded by it."""
    folder = stored(tmp_path / "grades", graded("alice", 80), graded("bob", 90))
    keep_assignment(folder, other)
    return folder


@pytest.fixture
def handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A submission. Nothing is prepared for a run over it."""

    def prepared(*_: object, **__: object) -> None:
        pytest.fail("the run began")

    monkeypatch.setattr("grader.setup.prepare", prepared)
    folder = tmp_path / "submit" / "carol"
    folder.mkdir(parents=True)
    (folder / "net.py").write_text("class Net: ...\n", encoding="utf-8")
    return folder.parent


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run the grader; return its exit code and what it wrote to stderr."""
    code = run([str(one) for one in arguments])
    return code, capsys.readouterr().err


def test_whoever_reads_a_folder_goes_by_its_assignment(
    out: Path, other: AssignmentFile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline and the language of a folder are those of its assignment, whatever is named now."""
    monkeypatch.setenv(VARIABLE, str(DEFAULT))
    assert other.assignment.lateness is not None
    assert read_terms(out).lateness == other.assignment.lateness
    assert run(["show", str(out)]) == 0
    assert CYRILLIC.search(capsys.readouterr().out)


def test_a_folder_of_nobody_else_is_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that was graded without a file goes by the grader's own, and keeps nothing."""
    out = stored(tmp_path / "grades", graded("alice", 80))
    assert kept_assignment(out) is None
    assert assignment_of(out) == load_assignment()
    assert run(["show", str(out)]) == 0
    assert not CYRILLIC.search(capsys.readouterr().out)


def test_the_page_that_is_served_follows_it(out: Path, other: AssignmentFile) -> None:
    """The served class is made anew when the folder is judged by another assignment."""
    served = LiveClass(out)
    before = served.page("en")
    assert served.page("en") is before
    keep_assignment(out, AssignmentFile(other.path, f"{other.text}\n# changed\n", other.assignment))
    assert served.page("en") is not before


@pytest.mark.parametrize("named", ["option", "environment"])
def test_another_assignment_is_refused(
    named: str,
    *,
    out: Path,
    handed_in: Path,
    other: AssignmentFile,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run by another assignment into the same folder is refused in one line, before it begins."""
    third = other_assignment(other.path.parent, "third.toml", near_miss="near_miss = 0.003")
    options = ["--assignment", third.path] if named == "option" else []
    if named == "environment":
        monkeypatch.setenv(VARIABLE, str(third.path))
    code, error = said(capsys, handed_in, "--out", out, *options)
    assert code == 2
    assert error.startswith(f"grader: {out} was graded by {other.path}, not by {third.path}: choose another --out")
    assert error.count("\n") == 1
    assert kept_assignment(out) == other


def test_the_own_one_is_another_one(
    tmp_path: Path, handed_in: Path, other: AssignmentFile, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results by the grader's own assignment don't mix with those of a file, in either direction."""
    own = stored(tmp_path / "own", graded("alice", 80))
    code, error = said(capsys, handed_in, "--out", own, "--assignment", other.path)
    assert (code, error.startswith(f"grader: {own} was graded by {OWN}, not by {other.path}")) == (2, True)
    code, error = said(capsys, handed_in, "--out", out, "--assignment", DEFAULT)
    assert (code, error.startswith(f"grader: {out} was graded by {other.path}, not by {OWN}")) == (2, True)


def test_the_same_assignment_goes_on(tmp_path: Path, out: Path, other: AssignmentFile) -> None:
    """A file that was edited, and one of another name that says the same, are no other assignment."""
    edited = other_assignment(tmp_path, near_miss="near_miss = 0.003")
    assert edited.assignment != other.assignment
    check_same(out, edited)
    moved = other_assignment(tmp_path, "moved.toml")
    keep_assignment(out, AssignmentFile(tmp_path / "there.toml", moved.text, moved.assignment))
    check_same(out, moved)


def test_a_file_is_the_same_however_its_path_is_written(
    out: Path, tmp_path: Path, handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edited file is the one of before also where it is named from another folder, or by a link."""
    other_assignment(tmp_path, near_miss="near_miss = 0.003")
    (tmp_path / "current.toml").symlink_to("other.toml")
    monkeypatch.chdir(handed_in)
    for written in ("../other.toml", "../current.toml"):
        with pytest.raises(pytest.fail.Exception, match="the run began"):
            run([".", "--out", str(out), "--assignment", written])


def test_a_folder_without_results_takes_any(tmp_path: Path, other: AssignmentFile) -> None:
    """Where nothing was graded yet, nothing can be mixed."""
    out = stored(tmp_path / "grades")
    keep_assignment(out, other)
    check_same(out, None)
    check_same(tmp_path / "nowhere", other)


def test_without_the_option_a_run_goes_by_the_file_of_before(
    out: Path, handed_in: Path, other: AssignmentFile, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the option the file is read again by which the folder was graded, and this is said."""
    with pytest.raises(pytest.fail.Exception, match="the run began"):
        run([str(handed_in), "--out", str(out)])
    assert f"grader: by {other.path}, as {out} was graded before\n" in capsys.readouterr().err
    other.path.unlink()
    code, error = said(capsys, handed_in, "--out", out)
    expected = f"grader: {out} was graded by {other.path}, which is not there: name the file with --assignment\n"
    assert (code, error) == (2, expected)


@pytest.mark.parametrize("command", ["grade", "rejudge", "release", "verify", "bundle"])
def test_a_bad_file_is_one_line(
    command: str, out: Path, handed_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command that takes a file says in one line what is wrong with it, and where."""
    text = DEFAULT.read_text(encoding="utf-8").replace('"training/epochs"', '"training/epoch"')
    bad = tmp_path / "bad.toml"
    bad.write_text(text, encoding="utf-8")
    words = {
        "grade": [handed_in, "--out", tmp_path / "new"],
        "rejudge": ["rejudge", out],
        "release": ["release", tmp_path / "repository"],
        "verify": ["verify"],
        "bundle": ["export", "gradescope", "--bundle", tmp_path / "autograder.zip"],
    }[command]
    line = text.partition('"training/epoch"')[0].count("\n") + 1
    code, error = said(capsys, *words, "--assignment", bad)
    assert (code, error.count("\n")) == (2, 1)
    assert error.startswith(f"grader: bad.toml:{line}: there is no hidden test `training/epoch`")
    code, error = said(capsys, *words, "--assignment", tmp_path / "none.toml")
    assert (code, error) == (2, f"grader: {tmp_path / 'none.toml'}: No such file or directory\n")


def test_what_is_kept_can_be_damaged(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A kept assignment that cannot be read is told in one line."""
    (out / FOLDER / FILE).write_text("{", encoding="utf-8")
    code, error = said(capsys, "show", out)
    assert (code, error.count("\n")) == (2, 1)
    assert f"{FILE} cannot be read: remove it" in error


def test_folders_of_one_assignment_are_merged(
    tmp_path: Path, out: Path, other: AssignmentFile, capsys: pytest.CaptureFixture[str]
) -> None:
    """Shards of other machines, where the file lay elsewhere, are merged, and the whole keeps the assignment."""
    second = stored(tmp_path / "second", graded("carol", 70))
    keep_assignment(second, AssignmentFile(Path("/node/other.toml"), other.text, other.assignment))
    assert run(["merge", str(out), str(second), "-o", str(tmp_path / "all")]) == 1
    assert kept_assignment(tmp_path / "all") == other
    assert CYRILLIC.search((tmp_path / "all" / "overview.md").read_text(encoding="utf-8"))


def test_folders_of_two_assignments_are_not_merged(
    tmp_path: Path, out: Path, other: AssignmentFile, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders of two courses are not merged: one line names both, and nothing is written."""
    second = stored(tmp_path / "second", graded("carol", 70))
    code, error = said(capsys, "merge", out, second, "-o", tmp_path / "all")
    assert (code, error.count("\n")) == (2, 1)
    assert error.startswith(f"grader: {out} was graded by {other.path} and {second} by {OWN}")
    assert not (tmp_path / "all" / "grades.csv").exists()


def test_the_bundle_of_gradescope_has_it(
    tmp_path: Path, other: AssignmentFile, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The wheel in the autograder has the course's file in place of the grader's own, and is whole."""
    target = tmp_path / "autograder.zip"
    assert run(["export", "gradescope", "--bundle", str(target), "--assignment", str(other.path)]) == 0
    with zipfile.ZipFile(target) as bundle:
        (name,) = [name for name in bundle.namelist() if name.endswith(".whl")]
        with zipfile.ZipFile(BytesIO(bundle.read(name))) as wheel:
            assert wheel.read("grader/assignment.toml").decode() == other.text
            (record,) = [name for name in wheel.namelist() if name.endswith("/RECORD")]
            (line,) = [line for line in wheel.read(record).decode().splitlines() if "grader/assignment.toml" in line]
            assert line.endswith(f",{len(other.text.encode())}")
    code, error = said(capsys, "export", "gradescope", out, "--assignment", other.path)
    assert (code, "--assignment goes with --bundle" in error) == (2, True)
