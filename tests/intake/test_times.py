"""Tests of submission times and lateness on each platform."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.intake import discover
from grader.intake.commits import head_seconds
from grader.intake.times import in_utc, local_in_utc
from tests.testing.handed_in import IN_STUDENT, MODULES, notebook_bytes, write_files, write_zip

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def times(batch: Path) -> dict[str, tuple[str, bool]]:
    """Time and lateness of each submission, by name."""
    return {one.name: (one.identity.submitted, one.identity.late) for one in discover([batch])}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-02T09:00:00Z", "2025-11-02T09:00:00Z"),
        ("2025-11-02 09:00:00.000000000 Z", "2025-11-02T09:00:00Z"),
        ("2025-11-02 09:00:00.123456 -0800", "2025-11-02T17:00:00Z"),
        ("2025-11-02T09:00+03:00", "2025-11-02T06:00:00Z"),
        ("2025-11-02 09:00:00 UTC", "2025-11-02T09:00:00Z"),
        (" 2025-11-02 09:00:00\n", "2025-11-02T09:00:00Z"),
        ("2015-02-02 15:58:23.948203 America/Los_Angeles", "2015-02-02T23:58:23Z"),
        ("2025-11-02 09:00:00 Nowhere/Land", ""),
        ("2025-13-02 09:00:00", ""),
        ("2025-11-02 09:00:00 +99:00", ""),
        ("0001-01-01 00:00:00 +05:00", ""),
        ("2025-11-02", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_times_are_brought_to_utc(text: str, expected: str) -> None:
    """Times of any zone are brought to UTC. Text that is no time gives none."""
    assert in_utc(text) == expected


@pytest.fixture
def in_moscow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine three hours ahead of UTC."""
    monkeypatch.setenv("TZ", "UTC-3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_moscow")
def test_blackboard_names_the_time_of_the_attempt(tmp_path: Path) -> None:
    """Blackboard's name has the time of the attempt.

    Its server's clock is taken for this machine's, and the attempt that counts gives the time.
    """
    write_zip(tmp_path / "HW_ann_attempt_2025-11-02-09-00-00_hw.zip", {"net.py": "old"})
    write_zip(tmp_path / "HW_ann_attempt_2025-11-03-10-30-05_hw.zip")
    write_zip(tmp_path / "HW_bob_attempt_2025-11-02-01-00-00_hw.zip")
    assert times(tmp_path) == {"ann": ("2025-11-03T07:30:05Z", False), "bob": ("2025-11-01T22:00:00Z", False)}
    assert local_in_utc("2025-99-02-09-00-00") == ""


def test_canvas_marks_who_is_late(tmp_path: Path) -> None:
    """Canvas marks who is late. The graded upload decides, and no time is known."""
    write_zip(tmp_path / "leeann_12345_67890_hw.zip", {"net.py": "old"})
    write_zip(tmp_path / "leeann_LATE_12345_67999_hw-1.zip")
    write_zip(tmp_path / "smithbob_LATE_12346_67001_hw.zip", {"net.py": "old"})
    write_zip(tmp_path / "smithbob_12346_67002_hw-1.zip")
    write_zip(tmp_path / "anon_aB3xY_LATE_67891_hw.zip")
    assert times(tmp_path) == {
        "anon_aB3xY": ("", True),
        "leeann_12345": ("", True),
        "smithbob_12346": ("", False),
    }


def test_moodle_says_nothing(tmp_path: Path) -> None:
    """Moodle's folders tell no time."""
    write_files(tmp_path / "Ann_1_assignsubmission_file_")
    assert times(tmp_path) == {"Ann_1": ("", False)}


def test_gradescope_records_the_time(tmp_path: Path) -> None:
    """Gradescope's record has the time of each submission.

    It is not taken from the history, nor from what a program printed.
    """
    for number in (1, 2, 3):
        write_files(tmp_path / f"submission_{number}", IN_STUDENT)
    (tmp_path / "submission_metadata.yml").write_text(
        "---\nsubmission_1:\n  :submitters:\n  - :name: Ann\n  :created_at: 2025-11-02 09:00:00.123456789 -08:00\n"
        "  :results:\n    output: |-\n      submission_3:\n        :created_at: 1999-01-01 00:00:00 Z\n"
        "  :history:\n  - :created_at: 2020-01-01 00:00:00 Z\n"
        "submission_2:\n  :created_at: '2025-11-02T09:00:00Z'\n  :submitters:\n  - :name: Bob\n"
    )
    assert times(tmp_path) == {
        "submission_1": ("2025-11-02T17:00:00Z", False),
        "submission_2": ("2025-11-02T09:00:00Z", False),
        "submission_3": ("", False),
    }


def test_classroom_50_records_time_and_lateness(tmp_path: Path) -> None:
    """Classroom 50's scores have time, lateness and address."""
    for user in ("ann", "bob"):
        write_files(tmp_path / f"ml-mnist-{user}", IN_STUDENT)
    (tmp_path / "scores.csv").write_text(
        "username,first_name,last_name,email,section,score,max_score,datetime,submission_tag,late\n"
        "ann,Ann,Lee,ann@example.org,,,,2025-11-02T09:00:00Z,submit/1,true\n"
        "bob,Bob,Smith,,,,,,submit/1,false\n"
    )
    assert times(tmp_path) == {"ml-mnist-ann": ("2025-11-02T09:00:00Z", True), "ml-mnist-bob": ("", False)}
    emails = {one.name: one.identity.student.get("email") for one in discover([tmp_path])}
    assert emails == {"ml-mnist-ann": "ann@example.org", "ml-mnist-bob": None}


def test_github_classroom_records_the_time(tmp_path: Path) -> None:
    """GitHub Classroom's table of grades has the time."""
    write_files(tmp_path / "mnist-ann", IN_STUDENT)
    (tmp_path / "grades.csv").write_text(
        "assignment_name,github_username,roster_identifier,student_repository_name,submission_timestamp\n"
        "MNIST,ann,Ann Lee,mnist-ann,2025-11-02 09:00:00 UTC\n"
    )
    assert times(tmp_path) == {"mnist-ann": ("2025-11-02T09:00:00Z", False)}


def test_nbgrader_leaves_a_timestamp(tmp_path: Path) -> None:
    """nbgrader's timestamp beside the notebook is read. This works whether the batch or one student is named."""
    stamp = "2025-11-02 09:00:00.948203 UTC\n"
    write_files(tmp_path / "ann" / "mnist", {"mnist.ipynb": notebook_bytes("class Net: ..."), "timestamp.txt": stamp})
    write_files(tmp_path / "bob", {**MODULES, "timestamp.txt": "when I was done"})
    write_files(tmp_path / "eve", {**IN_STUDENT, "a/timestamp.txt": stamp, "b/timestamp.txt": stamp})
    expected = {"ann": ("2025-11-02T09:00:00Z", False), "bob": ("", False), "eve": ("", False)}
    assert times(tmp_path) == expected
    assert times(tmp_path / "ann") == {"mnist": expected["ann"]}


# tests of clones


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder`, with the clock at 2025-11-02 09:00 UTC."""
    person = {"NAME": "Ann > Lee", "EMAIL": "ann@example.org", "DATE": "1762074000 +0300"}
    names = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in person.items()}
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=folder,
        env={**os.environ, **names, **quiet},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def clone(folder: Path, *, sha: str = "sha1") -> Path:
    """A repository with one commit."""
    write_files(folder, IN_STUDENT)
    git(folder, "init", "-q", f"--object-format={sha}")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "work\n\ncommitter Eve <e> 1 +0000")
    return folder


@NEEDS_GIT
@pytest.mark.parametrize("sha", ["sha1", "sha256"])
@pytest.mark.parametrize("state", ["loose", "packed", "packed-refs", "detached", "tag-object-beside"])
def test_the_last_commit_of_a_clone_tells(tmp_path: Path, state: str, sha: str) -> None:
    """The last commit of a clone gives the time.

    Git may have stored it in any way, and the batch's other entries are read as usual.
    """
    repository = clone(tmp_path / "ann", sha=sha)
    if state == "packed":
        git(repository, "repack", "-adq")
        git(repository, "prune-packed")
    elif state == "packed-refs":
        git(repository, "gc", "-q")
    elif state == "detached":
        git(repository, "checkout", "-q", "--detach")
    elif state == "tag-object-beside":
        git(repository, "tag", "-a", "v1", "-m", "done")
    write_zip(tmp_path / "bob.zip")
    assert times(tmp_path) == {"ann": ("2025-11-02T09:00:00Z", False), "bob": ("", False)}


@NEEDS_GIT
def test_what_git_itself_has_cloned_is_read(tmp_path: Path) -> None:
    """A real clone of a long history is read. Its objects lie in one pack, some of them as differences to others."""
    repository = clone(tmp_path / "origin")
    for number in range(300):
        git(repository, "commit", "-q", "--allow-empty", "-m", f"step {number}")
    git(repository, "gc", "-q")
    git(tmp_path, "clone", "-q", f"file://{repository}", "ann")
    shutil.rmtree(repository)
    assert times(tmp_path) == {"ann": ("2025-11-02T09:00:00Z", False)}


@NEEDS_GIT
def test_nothing_of_a_clone_s_configuration_runs(tmp_path: Path) -> None:
    """Nothing in a clone's configuration is run."""
    repository = clone(tmp_path / "ann")
    mark = tmp_path.parent / f"{tmp_path.name}-ran"
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "gpg.program", "core.hooksPath"):
        git(repository, "config", key, f"touch {mark}")
    assert times(tmp_path)["ann"][0]
    assert not mark.exists()


@NEEDS_GIT
@pytest.mark.parametrize(
    "damage", ["head", "escape", "no-such", "object", "index", "pack", "linked-git", "linked-objects", "file", "fifo"]
)
def test_a_broken_or_hostile_repository_tells_nothing(tmp_path: Path, damage: str) -> None:
    """A broken or hostile repository gives no time. That is nobody's fault, stops nothing and leads nowhere else."""
    outside = clone(tmp_path / "outside" / "repository")
    repository = clone(tmp_path / "class" / "ann")
    dot_git = repository / ".git"
    if damage in ("index", "pack"):
        git(repository, "repack", "-adq")
        git(repository, "prune-packed")
        (path,) = (dot_git / "objects" / "pack").glob(f"*.{'idx' if damage == 'index' else 'pack'}")
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:40] + b"\xff" * 2000)
    elif damage == "head":
        (dot_git / "HEAD").write_bytes(b"\xff" * 5000)
    elif damage == "escape":
        (dot_git / "HEAD").write_text("ref: refs/../../../../outside/repository/.git/refs/heads/main\n")
    elif damage == "no-such":
        (dot_git / "HEAD").write_text("a" * 40)
    elif damage == "object":
        name = git(repository, "rev-parse", "HEAD").strip()
        path = dot_git / "objects" / name[:2] / name[2:]
        path.chmod(0o644)
        path.write_bytes(b"not zlib")
    elif damage == "linked-git":
        shutil.rmtree(dot_git)
        dot_git.symlink_to(outside / ".git")
    elif damage == "linked-objects":
        shutil.rmtree(dot_git / "objects")
        (dot_git / "objects").symlink_to(outside / ".git" / "objects")
    else:
        shutil.rmtree(dot_git)
        os.mkfifo(dot_git) if damage == "fifo" else dot_git.write_text("gitdir: ../../outside/repository/.git")
    assert head_seconds(outside) == 1762074000
    assert times(repository.parent) == {"ann": ("", False)}
    assert all(one.problem is None for one in discover([repository.parent]))
