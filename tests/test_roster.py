"""A roster tells who takes the course. It is read from any table, and tells whose a submission is."""

from __future__ import annotations

import pytest

from grader.errors import UsageError
from grader.model import Identity
from grader.roster import Person, Roster, contradict, full_name, read_roster, words_of

ANN = Person("Ann Lee", ("1001", "S1"), "alee", "ann@example.org")

TABLES = {
    "plain": "name,id,email,login\nAnn Lee,1001,ann@example.org,alee\n",
    "russian": "Фамилия;Имя;Адрес электронной почты;Логин;Номер\r\nLee;Ann;ann@example.org;alee;1001\r\n",
    "canvas": "Student,ID,SIS User ID,SIS Login ID,Section,MNIST (98765)\n"
    "    Points Possible,,,,,100\n"
    '"Lee, Ann",1001,S1,alee,Sec 1,\n"Student, Test",77,,x,Sec 1,\n',
    "moodle-participants": '"First name","Last name","ID number","Email address",Groups\n'
    "Ann,Lee,1001,ann@example.org,\n",
    "moodle-worksheet": 'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade"\n'
    '"Participant 1001","Ann Lee",ann@example.org,Submitted,,100.00\n',
    "blackboard": '"Last Name","First Name","Username","Student ID"\n"Lee","Ann","alee","1001"\n',
    "github": '"identifier","github_username","github_id","name"\n"1001","alee","40261856",""\n',
    "github-by-name": '"identifier","github_username","github_id","name"\n"Ann Lee","alee","40261856",""\n',
    "classroom-50": "username,first_name,last_name,email,section\nalee,Ann,Lee,ann@example.org,\n",
}
KNOWN = {
    "plain": Person("Ann Lee", ("1001",), "alee", "ann@example.org"),
    "russian": Person("Ann Lee", ("1001",), "alee", "ann@example.org"),
    "canvas": Person("Lee, Ann", ("1001", "S1"), "alee"),
    "moodle-participants": Person("Ann Lee", ("1001",), "", "ann@example.org"),
    "moodle-worksheet": Person("Ann Lee", ("1001",), "", "ann@example.org"),
    "blackboard": Person("Ann Lee", ("1001",), "alee"),
    "github": Person("", ("1001", "40261856"), "alee"),
    "github-by-name": Person("Ann Lee", ("Ann Lee", "40261856"), "alee"),
    "classroom-50": Person("Ann Lee", (), "alee", "ann@example.org"),
}


@pytest.mark.parametrize("name", TABLES)
def test_what_a_platform_exports_is_a_roster(name: str) -> None:
    """A platform's export is a roster.

    Headings are known in English and Russian; lines that are no student's are left out.
    """
    roster = read_roster(TABLES[name].encode(), "roster.csv")
    assert roster.people == (KNOWN[name],)
    assert read_roster(roster.encode(), "again.csv") == roster


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "roster.csv is no roster: no heading is known"),
        ("", "no heading is known"),
        ("name,email\n\n", "roster.csv names nobody"),
        ('name\n"Ann\n', "the quotes do not match"),
    ],
)
def test_what_is_no_roster_is_said(content: str, said: str) -> None:
    """A table that is no roster is refused in one line. The line says what would be one."""
    with pytest.raises(UsageError) as raised:
        read_roster(content.encode(), "roster.csv")
    assert said in str(raised.value)


BOB = Person("Bob Lee", ("1002",), "bob", "bob@example.org", submission="team blue")
CLASS = Roster((ANN, BOB, Person("James Thomas", ("1003",)), Person("Thomas James", ("1004",))))


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        (Identity("x", {"id": "1001"}), "Ann Lee"),
        (Identity("x", {"id": "s1"}), "Ann Lee"),
        (Identity("x", {"id": "ALEE", "name": "ALEE"}), "Ann Lee"),
        (Identity("x", {"email": "Ann@Example.org"}), "Ann Lee"),
        (Identity("x", {"name": "ann  LEE"}), "Ann Lee"),
        (Identity("x", {"name": "Lee Ann"}), "Ann Lee"),
        (Identity("x", {"name": "Lee, Ann"}), "Ann Lee"),
        (Identity("x", {"id": "77", "name": "Ann Lee"}), "Ann Lee"),
        (Identity("x", {"id": "1001", "name": "leeann"}), "Ann Lee"),
        (Identity("alee"), "Ann Lee"),
        (Identity("ann_lee"), "Ann Lee"),
        (Identity("hw", entry="alee.zip"), "Ann Lee"),
        (Identity("mnist-perceptron-alee"), "Ann Lee"),
        (Identity("team blue"), "Bob Lee"),
        (Identity("x", entry="Team Blue.tar.gz"), "Bob Lee"),
        (Identity("x", {"name": "James Thomas"}), "James Thomas"),
        (Identity("x", {"name": "Thomas, James"}), "James Thomas"),
        # submissions of nobody known
        (Identity("x"), None),
        (Identity("x", {"name": "Lee"}), None),
        (Identity("lee"), None),
        (Identity("x", {"id": "1001", "name": "Zoe Quill"}), None),
        (Identity("mnist-malee"), None),
        (Identity("", {"id": "", "name": ""}), None),
    ],
)
def test_whose_a_submission_is(identity: Identity, name: str | None) -> None:
    """A submission's person is found by the platform's data.

    Its name counts next; somebody who fits only in part is nobody.
    """
    (person,) = CLASS.people_of(identity)
    assert (person.name if person else None) == name


def test_what_fits_two_people_fits_nobody() -> None:
    """A name that fits two people fits nobody.

    Names in another order are told apart only where one is exactly right.
    """
    twins = Roster((Person("Ann Lee", ("1",)), Person("Ann Lee", ("2",)), Person("A B", ("3",)), Person("B A", ("4",))))
    assert twins.people_of(Identity("x", {"name": "Ann Lee"})) == [None]
    assert twins.people_of(Identity("x", {"name": "Ann Lee", "id": "2"})) == [twins.people[1]]
    assert twins.people_of(Identity("x", {"name": "B A"})) == [twins.people[3]]


def test_a_group_is_several_people() -> None:
    """A group is several people. A field that not all members have says nothing."""
    group = Identity("x", {"name": "Ann Lee; Bob Lee; Eve", "id": "1001; 1002; 1999", "email": "ann@example.org"})
    assert CLASS.people_of(group) == [ANN, BOB, None]
    assert CLASS.known(group) == group


def test_the_roster_fills_what_is_not_known() -> None:
    """The roster fills in what the platform did not say. A user name in place of a name is replaced."""
    assert CLASS.known(Identity("alee")).student == {"id": "1001", "name": "Ann Lee", "email": "ann@example.org"}
    known = CLASS.known(Identity("x", {"id": "alee", "name": "alee"}))
    assert known.student == {"id": "alee", "name": "Ann Lee", "email": "ann@example.org"}
    assert CLASS.known(Identity("x", {"id": "77", "name": "Lee, Ann"})).student["name"] == "Lee, Ann"
    assert CLASS.known(Identity("stranger")) == Identity("stranger")


def test_who_handed_in_nothing() -> None:
    """Those who handed in nothing are told in roster order. Members of a group have handed in."""
    assert CLASS.missing([]) == list(CLASS.people)
    handed_in = [Identity("x", {"name": "Ann Lee; Bob Lee"}), Identity("James Thomas"), Identity("stranger")]
    assert CLASS.missing(handed_in) == [CLASS.people[3]]


def test_names_are_compared_as_people_write_them() -> None:
    """Names are compared without case, spaces, width and commas."""
    assert full_name("  LEE ,  Ann ") == full_name("ann lee") == "ann lee"
    assert full_name("Lee, Ann, Jr.") == "lee, ann, jr."
    assert words_of("Иванова-Петрова Мария") == words_of("мария ИВАНОВА-ПЕТРОВА")
    assert contradict("Ann Lee", "Zoe Quill")
    assert not contradict("Ann Lee", "leeann")
    assert not contradict("Ann Lee", "")


def test_what_stands_in_a_roster_is_shown_plainly() -> None:
    """A roster's cells are shown plainly. Control characters, line breaks and endless cells reach nobody."""
    (person,) = read_roster(f'name,email\n"A\x1b[31m\nn{"n" * 500}",\u202ea@b\n'.encode(), "r").people
    assert person.name.isprintable()
    assert len(person.name) == 200
    assert person.email == "a@b"
