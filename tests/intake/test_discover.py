"""Tests of what a path stands for. It may be one submission, a batch of them, or a mistake in the command."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake import discover
from grader.model import Said
from tests.testing.handed_in import (
    IN_STUDENT,
    MODULES,
    hint_of,
    notebook_bytes,
    only,
    tar_bytes,
    write_files,
    write_zip,
)

AS_BYTES = {name: text.encode() for name, text in MODULES.items()}


def names_in(*paths: Path) -> list[str]:
    """The names of all submissions found, in order."""
    return [submission.name for submission in discover(paths)]


def test_a_folder_with_the_package_is_one_submission(tmp_path: Path) -> None:
    """A folder with `student/net.py` is one submission. Its files are named relative to the package."""
    submission = only(write_files(tmp_path / "alice", IN_STUDENT))
    assert submission.name == "alice"
    assert submission.files == AS_BYTES
    assert submission.origin == tmp_path / "alice"
    assert submission.problem is None


def test_a_folder_with_the_modules_themselves_is_one_submission(tmp_path: Path) -> None:
    """A folder with `net.py` itself is one submission."""
    assert only(write_files(tmp_path / "bob")).files == AS_BYTES


def test_only_the_package_of_a_folder_is_taken(tmp_path: Path) -> None:
    """Only the package of a folder is taken. Nothing beside `student/` is read, not even a `net.py`."""
    folder = write_files(tmp_path / "bob", {**IN_STUDENT, "net.py": "other", "grade.py": "x"})
    assert only(folder).files == AS_BYTES


def test_an_init_file_is_kept_and_may_be_missing(tmp_path: Path) -> None:
    """`student/__init__.py` is kept, and may be missing."""
    folder = write_files(tmp_path / "bob", {**IN_STUDENT, "student/__init__.py": ""})
    assert only(folder).files == {**AS_BYTES, "__init__.py": b""}


def test_one_digest_however_the_work_is_packed(tmp_path: Path) -> None:
    """The digest is the same for a folder, zip or tar."""
    write_files(tmp_path / "a", IN_STUDENT)
    write_files(tmp_path / "b")
    write_zip(tmp_path / "c.zip", {f"work/{name}": text for name, text in IN_STUDENT.items()})
    (tmp_path / "d.tar").write_bytes(tar_bytes(IN_STUDENT))
    submissions = discover([tmp_path])
    assert [submission.name for submission in submissions] == ["a", "b", "c", "d"]
    assert len({submission.digest for submission in submissions}) == 1


def test_a_batch_is_one_submission_per_entry_by_name(tmp_path: Path) -> None:
    """A batch has one submission per entry, sorted by name.

    Folders, archives and notebooks mix, and each is named after its entry.
    """
    write_zip(tmp_path / "carol.zip")
    write_files(tmp_path / "bob")
    (tmp_path / "alice.ipynb").write_bytes(notebook_bytes("class Net: ..."))
    (tmp_path / "dave.TGZ").write_bytes(b"")
    assert names_in(tmp_path) == ["alice", "bob", "carol", "dave"]


def test_an_entry_that_is_no_submission_gets_its_problem(tmp_path: Path) -> None:
    """An entry that is no submission gets a problem.

    A text file, an empty folder and one without `net.py` are still somebody's work.
    """
    (tmp_path / "anna.txt").write_text("my solution")
    (tmp_path / "ben").mkdir()
    write_files(tmp_path / "cleo", {"main.py": "", "student/Net.py": ""})
    problems = {one.name: one.problem for one in discover([tmp_path])}
    assert problems["anna"] is not None
    assert (problems["anna"].hint, problems["anna"].data) == ("intake/unknown-file", {"file": "anna.txt"})
    assert problems["ben"] is not None
    assert problems["ben"].hint == "intake/empty"
    assert problems["cleo"] is not None
    assert problems["cleo"].hint == "intake/net-miscalled"
    assert problems["cleo"].data == {
        "renames": (Said("intake/rename", {"file": "student/Net.py", "wanted": "net.py"}),)
    }


def test_litter_in_a_batch_is_nobodys_work(tmp_path: Path) -> None:
    """Hidden files and litter in a batch are skipped."""
    write_files(tmp_path / "alice")
    for name in (".git", "__MACOSX", "__pycache__", ".ipynb_checkpoints"):
        (tmp_path / name).mkdir()
    for name in (".DS_Store", "Thumbs.db", "._alice.zip"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["alice"]


@pytest.mark.parametrize("litter", [[], [".DS_Store", "Thumbs.db"]])
def test_a_batch_without_an_entry_is_wrong_usage(tmp_path: Path, litter: list[str]) -> None:
    """A batch without an entry is wrong usage. It may be empty or hold only litter."""
    for name in litter:
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match=r"nothing to grade in .*student/net\.py") as raised:
        discover([tmp_path])
    assert "\n" not in str(raised.value)


def test_a_missing_path_is_wrong_usage(tmp_path: Path) -> None:
    """A missing path is refused in one line. A dangling link and an impossible name are, too."""
    (tmp_path / "dangling").symlink_to("nowhere")
    for path in (tmp_path / "no\nsuch", tmp_path / "dangling", Path("a\0b"), tmp_path / ("x" * 300)):
        with pytest.raises(UsageError, match="nothing readable") as raised:
            discover([path])
        assert "\n" not in str(raised.value)


def test_an_explicit_file_of_an_unknown_kind_is_a_failed_submission(tmp_path: Path) -> None:
    """A named file of unknown kind is a failed submission. It is not wrong usage: its author gets a result."""
    (tmp_path / "essay.rar").write_bytes(b"Rar!")
    submission = only(tmp_path / "essay.rar")
    assert submission.name == "essay"
    assert submission.problem is not None
    assert submission.problem.hint == "intake/unknown-file"


def test_special_files_are_refused_without_being_opened(tmp_path: Path) -> None:
    """Special files are refused without being opened. Opening a FIFO or a socket would block or fail."""
    os.mkfifo(tmp_path / "anna.zip")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "ben.ipynb"))
        hints = [one.problem and one.problem.hint for one in discover([tmp_path])]
    assert hints == ["intake/special", "intake/special"]
    assert hint_of(tmp_path / "anna.zip") == "intake/special"


def test_a_link_in_a_batch_is_wrong_usage_and_one_on_the_command_line_followed(tmp_path: Path) -> None:
    """A link in a batch is wrong usage.

    It could lead to another's work, and must not cost a student points; a link named on the command line is followed.
    """
    write_files(tmp_path / "real")
    batch = tmp_path / "batch"
    batch.mkdir()
    (batch / "eve").symlink_to(tmp_path / "real")
    with pytest.raises(UsageError, match=r"holds links, .*: eve\. ") as raised:
        discover([batch])
    assert "\n" not in str(raised.value)
    (tmp_path / "latest").symlink_to(tmp_path / "real")
    assert only(tmp_path / "latest").name == "latest"
    assert only(tmp_path / "latest").files == AS_BYTES


def test_a_relative_path_is_named_by_the_folder_it_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is named after the folder it means. Examples are `.` and `student/..`."""
    monkeypatch.chdir(write_files(tmp_path / "alice", IN_STUDENT))
    assert names_in(Path()) == ["alice"]
    assert names_in(Path("student/..")) == ["alice"]
    assert names_in(Path("student")) == ["student"]


def test_equal_names_are_told_apart_in_order(tmp_path: Path) -> None:
    """Equal names are told apart by a number, in order. A second `hw` becomes `hw-2`, even where only case differs."""
    first = write_files(tmp_path / "a" / "hw")
    second = write_zip(tmp_path / "b" / "hw.zip")
    third = write_files(tmp_path / "c" / "HW")
    assert names_in(first, second, third) == ["hw", "hw-2", "HW-3"]
    assert names_in(first, second, third) == names_in(first, second, third)


def test_a_path_named_twice_counts_once(tmp_path: Path) -> None:
    """A path named twice counts once. A batch and one of its entries do not grade that entry twice."""
    write_files(tmp_path / "alice")
    write_files(tmp_path / "bob")
    assert names_in(tmp_path, tmp_path / "alice", tmp_path / "." / "bob") == ["alice", "bob"]


def test_an_empty_folder_among_several_paths_is_a_failed_submission(tmp_path: Path) -> None:
    """An empty folder among several paths is a failed submission.

    So `grader */` goes on past it; with no other kind of path it stays wrong usage.
    """
    write_files(tmp_path / "alice")
    for name in ("ben", "cleo"):
        (tmp_path / name).mkdir()
    found = discover([tmp_path / "ben", tmp_path / "alice"])
    assert {one.name: one.problem and one.problem.hint for one in found} == {"ben": "intake/empty", "alice": None}
    with pytest.raises(UsageError, match="nothing to grade"):
        discover([tmp_path / "ben", tmp_path / "cleo"])
    with pytest.raises(UsageError, match="nothing readable"):
        discover([tmp_path / "alice", tmp_path / "missing"])


def test_what_is_to_be_skipped_is_no_entry(tmp_path: Path) -> None:
    """A path to be skipped is no entry. The folder for results may lie inside the batch."""
    write_files(tmp_path / "alice")
    write_files(tmp_path / "grades", {"grades.csv": ""})
    assert [one.name for one in discover([tmp_path], skip=[tmp_path / "grades"])] == ["alice"]
    with pytest.raises(UsageError):
        discover([tmp_path], skip=[tmp_path / "grades", tmp_path / "alice"])


@pytest.mark.parametrize("where", ["", "student/"])
def test_a_package_without_net_is_one_submission(tmp_path: Path, where: str) -> None:
    """A package without `net.py` is one submission. It is not a batch of modules."""
    write_files(tmp_path / "alice", {f"{where}objective.py": "", f"{where}training.py": ""})
    assert names_in(tmp_path / "alice") == ["alice"]
    assert hint_of(tmp_path / "alice") == "intake/no-net"


def test_a_stray_module_does_not_turn_a_batch_into_one_submission(tmp_path: Path) -> None:
    """A stray module beside people's folders is one more entry."""
    write_files(tmp_path / "alice")
    (tmp_path / "training.py").touch()
    assert names_in(tmp_path) == ["alice", "training"]


def test_one_folder_further_down_is_still_found(tmp_path: Path) -> None:
    """A package one folder further down is found.

    Examples are `alice/alice-homework/student/net.py` and `bob/hw/net.py`.
    """
    write_files(tmp_path / "alice" / "alice-homework", IN_STUDENT)
    write_files(tmp_path / "bob" / "hw")
    assert [one.files for one in discover([tmp_path])] == [AS_BYTES, AS_BYTES]


def test_an_archive_or_notebook_in_a_persons_folder_is_found(tmp_path: Path) -> None:
    """An archive or notebook in a person's folder is found. It may also lie one folder further down."""
    write_zip(tmp_path / "alice" / "homework.zip")
    write_files(tmp_path / "bob" / "mnist", {"mnist.ipynb": notebook_bytes("class Net: ...")})
    alice, bob = discover([tmp_path])
    assert alice.files == AS_BYTES
    assert "notebook_cells.py" in bob.files


def test_two_submissions_in_one_folder_are_not_guessed_between(tmp_path: Path) -> None:
    """Of two submissions in one folder neither is chosen. Which one counts is for its author to say."""
    write_zip(tmp_path / "alice" / "hw.zip")
    write_zip(tmp_path / "alice" / "final.zip")
    write_files(tmp_path / "bob" / "v1")
    write_files(tmp_path / "bob" / "v2")
    alice, bob = (one.problem for one in discover([tmp_path]))
    assert alice is not None
    assert (alice.hint, alice.data) == ("intake/several", {"found": "final.zip, hw.zip"})
    assert bob is not None
    assert (bob.hint, bob.data) == ("intake/several", {"found": "v1, v2"})


def test_nothing_is_written_or_run(tmp_path: Path) -> None:
    """Reading writes nothing and runs no code."""
    mark = tmp_path / "ran"
    trap = f"open({str(mark)!r}, 'w')\nclass Net: ...\n"
    batch = write_files(tmp_path / "batch", {"a/net.py": trap, "b.ipynb": notebook_bytes(trap)})
    write_zip(batch / "c.zip", {"net.py": trap, "conftest.py": trap})
    before = sorted(batch.rglob("*"))
    assert [one.problem for one in discover([batch])] == [None, None, None]
    assert sorted(batch.rglob("*")) == before
    assert not mark.exists()
