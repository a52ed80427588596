"""Only a platform makes a group. Nobody hands in for others by what they call themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.export.matching import Line, match
from grader.intake import discover
from grader.model import Identity, Metrics, Result
from grader.roster import Person, Roster, individuals
from tests.testing.results import PROVENANCE

GRADESCOPE = """submission_1:
  :submitters:
  - :name: "Ann Lee; Bob Smith"
    :sid: "77; 78"
    :email: "e@example.org; b@example.org"
submission_2:
  :submitters:
  - :name: Ann Lee
    :sid: '1'
  - :name: Bob Smith
    :sid: '2'
"""
GITHUB = "github_username,student_repository_name,roster_identifier\nann,hw-ann,Ann Lee; Bob Smith\n"
UPLOADS = {
    "moodle": "Ann Lee; Bob Smith_77_assignsubmission_file",
    "moodle, a sign that becomes a semicolon": "Ann Lee\u037e Bob Smith_77_assignsubmission_file",
    "github": "hw-ann",
    "gradescope": "submission_1",
}


def identities(folder: Path, *names: str) -> list[Identity]:
    """Hand in an empty folder for each name; return who has handed in what."""
    for name in names:
        (folder / name).mkdir()
    (folder / "submission_metadata.yml").write_text(GRADESCOPE)
    (folder / "grades.csv").write_text(GITHUB)
    return [one.identity for one in discover([folder])]


@pytest.mark.parametrize("name", UPLOADS.values(), ids=UPLOADS)
def test_a_name_makes_no_group(name: str, tmp_path: Path) -> None:
    """Somebody who is called like two people is one person."""
    (identity,) = identities(tmp_path, name)
    assert len(individuals(identity)) == 1
    assert identity.student


def test_a_group_of_the_platform_is_one(tmp_path: Path) -> None:
    """A group that the platform has made is one, with a name and a number each."""
    (identity,) = identities(tmp_path, "submission_2")
    assert [dict(one) for one in individuals(identity)] == [
        {"id": "1", "name": "Ann Lee"},
        {"id": "2", "name": "Bob Smith"},
    ]


def test_a_roster_makes_no_group() -> None:
    """Nor does a name in a roster, which may come from the platform."""
    known = Roster((Person("Ann Lee; Bob Smith", ("77",)),)).known(Identity("x", {"id": "77"}))
    assert len(individuals(known)) == 1


def test_a_grade_goes_to_who_handed_in(tmp_path: Path) -> None:
    """The grade goes to the number that the platform gave to the upload, and to nobody who is named."""
    (identity,) = identities(tmp_path, UPLOADS["moodle"])
    lines = [Line(1, "77", name="Ann Lee; Bob Smith"), Line(2, "78", name="Ann Lee"), Line(3, "79", name="Bob Smith")]
    result = Result(identity, "passed", 100.0, 100.0, (), Metrics(), PROVENANCE)
    matching = match([result], lines, None, lambda entry, number: True)
    assert list(matching.by_row) == [1]
    by_name = match([result], lines, None, lambda entry, number: False)
    assert list(by_name.by_row) == [1], "the number is somebody else's, and the name is this line's alone"
