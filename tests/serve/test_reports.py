"""Only files that reports have written are served."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.i18n import LANGUAGES, translator
from grader.output import files_of, save_batch, save_result
from grader.serve.live import LiveClass
from grader.serve.reports import is_report, read_report
from grader.serve.server import Pages
from tests.testing.stored import graded, stored

ALICE = graded("alice", 100)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Make an output folder with one submission and its trial. A secret file lies beside it."""
    folder = stored(tmp_path / "out", ALICE)
    save_result(folder, ALICE, translator("en"))
    save_result(folder, ALICE, translator("en"), below="trial")
    save_batch(folder, [ALICE], translator("en"))
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "notes.txt").write_text("secret")
    (folder / "alice" / "notes.txt").write_text("secret")
    (folder / "unknown").mkdir()
    (folder / "unknown" / "result.json").write_text("secret")
    return folder


def test_all_that_is_written_is_to_be_had(out: Path) -> None:
    """Every written report is served as it is.

    Reports are of a submission, its trial and the class; the pages of the class are live.
    """
    pages = Pages(out, "en")
    below = [path.relative_to(out) for path in files_of(out, "alice")]
    below += [Path("alice", "trial", path.name) for path in below] + [Path("grades.csv"), Path("overview.md")]
    assert len(below) >= 8
    for path in below:
        answer = pages.at(f"/{path}", None)
        assert (answer.status, answer.content) == (200, (out / path).read_bytes()), path
    for name in ("", "index.html", "index.html?x", *(f"index.{language}.html" for language in LANGUAGES)):
        answer = pages.at(f"/{name}", None)
        assert (answer.status, answer.kind) == (200, "text/html; charset=utf-8")
        assert b'id="live"' in answer.content


def test_the_pages_of_look_alikes_are_to_be_had(out: Path) -> None:
    """In each language, as they link to each other; and not before they are written."""
    for name in ("similar.html", *(f"similar.{language}.html" for language in LANGUAGES)):
        assert Pages(out, "en").at(f"/{name}", None).status == 404
        (out / name).write_text("page")
        answer = Pages(out, "en").at(f"/{name}", None)
        assert (answer.status, answer.content, answer.kind) == (200, b"page", "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "/.grader/store.sqlite3",
        "/.grader/lock",
        "/.grader/",
        "/.grader",
        "/alice",
        "/alice/",
        "/alice/trial/",
        "/unknown/result.json",
        "/notes.txt",
        "/alice/notes.txt",
        "/alice/../notes.txt",
        "/alice/../grades.csv",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/alice%2f..%2f..%2fsecret.txt",
        "/alice/trial/../../../secret.txt",
        "/alice/%2e%2e/.grader/store.sqlite3",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/alice//result.json",
        "/alice/trial/trial/result.json",
        "/alice/result.json/",
        "/alice/result.json%00.html",
        "/ALICE/result.json",
        "/alice\\result.json",
        "/./alice/result.json",
        "/grades.csv/",
        "/missing.csv",
    ],
)
def test_everything_else_is_not_there(out: Path, path: str) -> None:
    """Nothing else is served, by any path."""
    answer = Pages(out, "en").at(path, None)
    assert answer.status == 404
    assert b"secret" not in answer.content


def test_links_are_not_followed(out: Path, tmp_path: Path) -> None:
    """Links are not followed.

    They stand for a report, a submission's folder or its trial; pipes and folders are no reports either.
    """
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "result.json").write_text("secret")
    pages = Pages(out, "en")
    (out / "grades.csv").unlink()
    (out / "grades.csv").symlink_to(tmp_path / "secret.txt")
    (out / "overview.md").unlink()
    os.mkfifo(out / "overview.md")
    (out / "alice" / "trial" / "result.json").unlink()
    (out / "alice" / "trial" / "result.json").mkdir()
    for path in ("/grades.csv", "/overview.md", "/alice/trial/result.json"):
        assert pages.at(path, None).status == 404, path
    (out / "alice" / "trial").rename(out / "away")
    (out / "alice" / "trial").symlink_to(secret)
    assert pages.at("/alice/trial/result.json", None).status == 404
    (out / "alice").rename(out / "also-away")
    (out / "alice").symlink_to(secret)
    assert pages.at("/alice/result.json", None).status == 404
    assert read_report(tmp_path, ["elsewhere", "result.json"]) == b"secret"  # the file itself can be read


@pytest.mark.parametrize("name", ["..", ".grader", "a/b", ""])
def test_not_even_a_submission_called_so_leads_out(name: str) -> None:
    """No submission's name leads out of the folder."""
    assert not is_report([name, "result.json"], frozenset({name}))


def test_a_hidden_folder_is_none_of_a_submission(out: Path) -> None:
    """A hidden folder is no submission. The store lists those."""
    assert LiveClass(out).submissions() == {"alice"}
