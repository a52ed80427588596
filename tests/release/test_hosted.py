"""Links open the chapters in Colab. There, the first cell fetches the student's package."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.release.hosted import with_links
from grader.release.repository import find_solutions, repository
from tests.testing.chapters import LANGUAGES, chapter, code_of

ROOT = Path(__file__).parents[2]
NAME = "course-2026/digits.hw"
PAGES = ("README.md", *(f"student/perceptron_{language}.ipynb" for language in LANGUAGES))


@pytest.mark.parametrize("page", PAGES)
def test_badges_lead_to_the_released_chapters(page: str) -> None:
    """Each badge links to a chapter of the release. No placeholder is left in an address."""
    files = repository(find_solutions(), name=NAME)
    text = files[page].decode()
    urls = re.findall(r"\[!\[Open in Colab\]\(https://\S+\.svg\)\]\((\S+?)\)", text)
    places = [url.removeprefix(f"https://colab.research.google.com/github/{NAME}/blob/main/") for url in urls]
    assert len(places) == (2 if page == "README.md" else 1)
    assert set(places) <= set(files)
    assert page == "README.md" or places == [page]
    assert "OWNER/REPO" not in text
    assert page == "README.md" or json.loads(text)["nbformat"] == 4


@pytest.mark.parametrize("page", PAGES)
def test_without_a_name_there_is_no_dead_link(page: str) -> None:
    """Without a repository name no link is made. The address is shown as code, with what to put in."""
    text = repository(find_solutions())[page].decode()
    assert "OWNER/REPO" in text
    assert "](https://colab" not in text
    assert all(f"`{url}`" in text for url in re.findall(r"https://colab\.research[^`\s]*", text))


@pytest.mark.parametrize("name", ["https://github.com/a/b", "digits", "a/b/c", "a b/c", "a/b\n", '"/b'])
def test_what_is_no_name_is_refused(name: str) -> None:
    """A malformed repository name is refused in one line."""
    with pytest.raises(UsageError, match="--repository"):
        with_links(b"", name)


def test_option_needs_the_students_repository() -> None:
    """`--repository` is refused where it means nothing."""
    command = [sys.executable, "-m", "grader", "release", "--check", "--repository", NAME]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--repository goes with" in done.stderr


@pytest.fixture
def github(tmp_path: Path) -> dict[str, str]:
    """Make an environment where git finds one repository on GitHub. A package `student` is in it."""
    home = tmp_path / "github" / NAME
    (home / "student").mkdir(parents=True)
    (home / "student" / "__init__.py").write_text("HERE = 1\n", encoding="utf-8")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", home, *command], check=True)
    given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{tmp_path}/github/.insteadOf"}
    return {**os.environ, **given, "GIT_CONFIG_VALUE_0": "https://github.com/"}


def run_first_cell(folder: Path, environment: dict[str, str], name: str, *, hosted: bool) -> str:
    """Run a chapter's first cell in `folder`. Return what it prints, and where `student` is found then."""
    cell = code_of(chapter("en"))[0].source.replace("OWNER/REPO", name)
    begin = "import sys, types; sys.modules['google.colab'] = types.ModuleType('colab')\n" if hosted else ""
    look = "\nimport importlib.util\nprint(os.getcwd(), getattr(importlib.util.find_spec('student'), 'origin', None))"
    folder.mkdir()
    command = [sys.executable, "-P", "-c", begin + cell + look]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.replace(str(folder), "")


def test_hosted_notebook_fetches_its_package(tmp_path: Path, github: dict[str, str]) -> None:
    """A hosted notebook fetches its package. It goes on in the folder where it would lie at home."""
    assert (
        run_first_cell(tmp_path / "content", github, NAME, hosted=True)
        == "/homework/student /homework/student/__init__.py\n"
    )


def test_what_cannot_be_fetched_is_said(tmp_path: Path, github: dict[str, str]) -> None:
    """A failed fetch says in one line what to do. The repository may be private, or the name wrong."""
    said = run_first_cell(tmp_path / "content", github, "somebody/else", hosted=True)
    assert said.startswith("https://github.com/somebody/else could not be fetched: correct the name above,\nor upload")


def test_at_home_nothing_is_fetched(tmp_path: Path, github: dict[str, str]) -> None:
    """At home the first cell fetches nothing."""
    run_first_cell(tmp_path / "content", github, NAME, hosted=False)
    assert list((tmp_path / "content").iterdir()) == []
