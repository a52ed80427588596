"""The roster of a course: its people. It has every name and number that a platform may know them by.

A roster is any table with a heading for one of these; the grade book that Canvas or Blackboard exports, Moodle's list
of participants or grading worksheet and GitHub Classroom's roster are rosters as they are. Nobody is guessed: what fits
two people fits nobody.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.errors import UsageError
from grader.legible import legible
from grader.model import Identity, of_one_person
from grader.sheet import Sheet, column, read_sheet

NAME = (
    *("name", "full name", "student", "student name", "имя и фамилия", "фамилия и имя", "полное имя", "фио", "студент"),
    *("vollständiger name", "nom complet", "nombre completo"),
)
FIRST_NAME = ("first name", "first_name", "firstname", "given name", "имя", "vorname", "prénom")
LAST_NAME = ("last name", "last_name", "lastname", "surname", "family name", "фамилия", "nachname")
EMAIL = (
    *("email", "e-mail", "email address", "e-mail address", "mail", "электронная почта", "почта"),
    *("адрес электронной почты", "адрес эл. почты", "e-mail-adresse", "adresse de courriel", "dirección de correo"),
)
LOGIN = (
    *("login", "username", "user name", "github_username", "github username", "github", "sis login id", "логин"),
    *("имя пользователя", "benutzername", "nom d'utilisateur", "nombre de usuario"),
)
IDS = (
    *("id", "student_id", "student id", "sid", "identifier", "user id", "user_id", "sis user id", "id number"),
    *("integration id", "github_id", "student number", "идентификатор", "ид", "номер", "номер студента"),
    *("индивидуальный номер", "id-nummer", "matrikelnummer", "identifiant", "identificador"),
)
SUBMISSION = ("submission", "entry", "work", "работа")

_LONGEST_CELL = 200
_PARTICIPANT = re.compile(r"[^\W\d][^\d,;]{4,}?(\d+)")  # the space before the number is not in every language
_TEST_STUDENT = "student, test"
"""Canvas's made-up student. Teachers look at their course as that one."""


def plain(text: str) -> str:
    """Clean `text` for one line. It has nothing that cannot be seen, and is cut to a bound."""
    return legible(" ".join(text[: 4 * _LONGEST_CELL].split()))[:_LONGEST_CELL]


def folded(text: str) -> str:
    """Fold `text` for comparison. Case, compatible letters and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def full_name(text: str) -> str:
    """Normalize a name for comparison. It is folded, "Lee, Ann" as "ann lee"."""
    last, comma, first = folded(text).partition(",")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else folded(text)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, sorted. Some countries turn their order around."""
    return tuple(sorted(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", folded(name))))


def contradict(name: str, other: str) -> bool:
    """Whether two names are hardly the same person's. They share no word, and none is in the other run together."""
    some, others = words_of(name), words_of(other)
    if not some or not others:
        return False
    together, others_together = "".join(some), "".join(others)
    return not any(word in others_together for word in some) and not any(word in together for word in others)


def participant(cell: str) -> str:
    """Return the number in Moodle's "Participant 123". Any language will do; any other text stays as it is."""
    found = _PARTICIPANT.fullmatch(cell.strip())
    return found[1] if found else cell.strip()


@dataclass(frozen=True)
class Person:
    """One person of a roster. "" stands for what the line does not say.

    Args:
        name: in the order that the roster has.
        ids: numbers and the like, the platform's own first.
        login: name of an account.
        email: address.
        submission: what their submission is called.
    """

    name: str = ""
    ids: tuple[str, ...] = ()
    login: str = ""
    email: str = ""
    submission: str = ""

    @property
    def student(self) -> Mapping[str, str]:
        """The fields of `Identity.student`."""
        known = {"id": next(iter(self.ids), "") or self.login, "name": self.name, "email": self.email}
        return {key: of_one_person(value) for key, value in known.items() if value}

    @property
    def keys(self) -> tuple[str, ...]:
        """Identifiers of this person alone, folded."""
        return tuple(folded(key) for key in (*self.ids, self.login, self.email) if key)

    def __str__(self) -> str:
        """Return a name for display."""
        return self.name or self.email or self.login or next(iter(self.ids), "") or self.submission


def individuals(identity: Identity) -> list[Mapping[str, str]]:
    """Return the people behind a submission.

    They are several where a group handed it in, whose fields are divided by "; ".

    A field that does not name all of them is left out: nobody could say whose its parts are.
    """
    fields = {key: value.split("; ") for key, value in identity.student.items() if value}
    count = max(map(len, fields.values()), default=1)
    whole = {key: values for key, values in fields.items() if len(values) == count}
    return [{key: values[place] for key, values in whole.items()} for place in range(count)]


def _index(pairs: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for key, place in pairs:
        if key:
            found.setdefault(key, set()).add(place)
    return found


def _only(places: set[int] | None) -> int | None:
    return next(iter(places)) if places and len(places) == 1 else None


def _stem(entry: str) -> str:
    return re.sub(r"\.(zip|tgz|tar\.gz|ipynb)$", "", entry, flags=re.IGNORECASE)


@dataclass(frozen=True)
class Roster:
    """The people who take the course."""

    people: tuple[Person, ...]

    @cached_property
    def _by_submission(self) -> dict[str, set[int]]:
        return _index((folded(person.submission), place) for place, person in enumerate(self.people))

    @cached_property
    def _by_key(self) -> dict[str, set[int]]:
        return _index((key, place) for place, person in enumerate(self.people) for key in person.keys)

    @cached_property
    def _by_name(self) -> dict[str, set[int]]:
        return _index((full_name(person.name), place) for place, person in enumerate(self.people))

    @cached_property
    def _by_words(self) -> dict[str, set[int]]:
        return _index((" ".join(words_of(person.name)), place) for place, person in enumerate(self.people))

    def _named(self, name: str) -> int | None:
        found = self._by_name.get(full_name(name)) if name else None
        return _only(found or self._by_words.get(" ".join(words_of(name))))

    def _known_by(self, student: Mapping[str, str]) -> int | None:
        """Find a student by id, e-mail or name."""
        name = student.get("name", "")
        for key in ("id", "email"):
            place = _only(self._by_key.get(folded(student.get(key, ""))))
            alike = place is not None and (
                key == "email" or name == student.get("id") or not contradict(name, self.people[place].name)
            )
            if alike:
                return place
        return self._named(name)

    def _called(self, identity: Identity) -> int | None:
        """Find a student by a submission's name."""
        names = (identity.name, identity.entry, _stem(identity.entry))
        for name in names:
            if (place := _only(self._by_key.get(folded(name)))) is not None:
                return place
        if (place := self._named(identity.name.replace("_", " "))) is not None:
            return place
        ends = (match.end() for match in re.finditer("-", identity.name))  # a repository: <assignment>-<login>
        found = (self._by_key.get(folded(identity.name[end:])) for end in ends)
        return _only(next((places for places in found if places), None))

    def people_of(self, identity: Identity) -> list[Person | None]:
        """Return the people of a submission, student by student.

        They are in the order of its students; None in place of who cannot be told.
        """
        for name in (identity.name, identity.entry, _stem(identity.entry)):
            if places := self._by_submission.get(folded(name)):  # of a group each has a line with it
                return [self.people[place] for place in sorted(places)]
        students = individuals(identity)
        found = [self._known_by(student) for student in students]
        if found == [None]:
            found = [self._called(identity)]
        return [None if place is None else self.people[place] for place in found]

    def known(self, identity: Identity) -> Identity:
        """Complete `identity` from the roster. What is known of its student already stays."""
        people = self.people_of(identity)
        if len(people) != 1 or people[0] is None:
            return identity
        student = dict(identity.student)
        if student.get("name") == student.get("id"):  # a user name in place of one
            student.pop("name", None)
        return replace(
            identity, student={**people[0].student, **{key: value for key, value in student.items() if value}}
        )

    def missing(self, identities: Iterable[Identity]) -> list[Person]:
        """Return who has handed in nothing. They are in the order of the roster."""
        there = {person for identity in identities for person in self.people_of(identity)}
        return [person for person in self.people if person not in there]

    def encode(self) -> bytes:
        """Encode the roster as a table for `read_roster`. What else stood in the file it came from is left out."""
        most = max((len(person.ids) for person in self.people), default=0)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(["name", "login", "email", "submission", *["id"] * most])
        for person in self.people:
            ids = [*person.ids, *[""] * (most - len(person.ids))]
            writer.writerow([person.name, person.login, person.email, person.submission, *ids])
        return text.getvalue().encode(errors="replace")


def _cells(row: Sequence[str], places: Iterable[int]) -> list[str]:
    return [cell for place in places if place < len(row) and (cell := plain(row[place]))]


def _places(headings: Sequence[str], names: tuple[str, ...]) -> list[int]:
    """Return the columns with one of `names`. Those of the first name come first."""
    return [place for name in names for place, heading in enumerate(headings) if folded(heading) == name]


def _person(row: Sequence[str], places: Mapping[str, list[int]]) -> Person:
    found = {key: _cells(row, where) for key, where in places.items()}
    first = {key: next(iter(cells), "") for key, cells in found.items()}
    ids = tuple(dict.fromkeys(participant(cell) for cell in found["ids"]))
    name = first["name"] or f"{first['first']} {first['last']}".strip()
    return Person(name or (ids[0] if ids and not ids[0].isdigit() else ""), ids, *(first[key] for key in _SINGLE))


_SINGLE = ("login", "email", "submission")


def _is_student(row: Sequence[str], person: Person) -> bool:
    """Whether a row is a student's. Canvas puts the points possible and a made-up student among them."""
    first = folded(row[0]) if row else ""
    return person != Person() and "points possible" not in first and first != _TEST_STUDENT


def _people(sheet: Sheet, name: str) -> list[Person]:
    headings = next((row for row in sheet.rows if any(cell.strip() for cell in row)), [])
    columns = {"name": NAME, "first": FIRST_NAME, "last": LAST_NAME, "ids": IDS, "login": LOGIN, "email": EMAIL}
    places = {key: _places(headings, names) for key, names in (*columns.items(), ("submission", SUBMISSION))}
    if column(headings, *LAST_NAME) is None and not places["name"]:  # «Имя» alone is the whole of it
        places["name"] = places["first"]
    if not any(places.values()):
        raise UsageError(
            f"{name} is no roster: no heading is known. A first line as `name,email,id,login,submission` says what the "
            "columns are; any of these will do"
        )
    rows = sheet.rows[sheet.rows.index(headings) + 1 :]
    people = [(row, _person(row, places)) for row in rows]
    return list(dict.fromkeys(person for row, person in people if _is_student(row, person)))


def read_roster(content: bytes, name: str) -> Roster:
    """Read the roster in a file.

    Args:
        content: the bytes of the file.
        name: of the file, for messages.

    Raises:
        UsageError: it is no table, has no heading that is known, or names nobody.
    """
    people = _people(read_sheet(content, name), name)
    if not people:
        raise UsageError(f"{name} names nobody: below the headings there must be a line for each person")
    return Roster(tuple(people))
