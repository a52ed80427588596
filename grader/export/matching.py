"""Matching of results to the lines of a grade book. What fits two lines goes into none.

What is looked at, in this order: the number in the name that the platform itself gave to the upload; other numbers,
accounts and addresses; what a roster says; the platform's number, where somebody else named the submission so; names.
The first of them that fits any line decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.model import Identity, Result
from grader.roster import Person, Roster, contradict, folded, full_name, individuals, words_of


@dataclass(frozen=True)
class Line:
    """One student of a grade book.

    Args:
        row: its place in the table.
        number: what the platform calls them by in the names of uploads, as it stands.
        keys: whatever else stands for them alone.
        name: of the student.
    """

    row: int
    number: str = ""
    keys: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Matching:
    """An assignment of results to rows.

    Args:
        by_row: what goes into each row.
        unmatched: the submissions that fit no line, or not for all of their people.
        ambiguous: those that fit several, with the names there.
        doubled: those of which several fit one line, with its name.
    """

    by_row: Mapping[int, Result] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    doubled: tuple[tuple[tuple[str, ...], str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every result has found its line."""
        return not (self.unmatched or self.ambiguous or self.doubled)


class _Lines:
    """An index over the lines of a grade book. It finds them by number, key, name and the words of the name."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.by_number = self._index((line, [folded(line.number)]) for line in lines)
        self.by_key = self._index((line, map(folded, line.keys)) for line in lines)
        self.by_name = self._index((line, [full_name(line.name)]) for line in lines)
        self.by_words = self._index((line, [" ".join(words_of(line.name))]) for line in lines)

    @staticmethod
    def _index(pairs: Iterable[tuple[Line, Iterable[str]]]) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = {}
        for line, keys in pairs:
            for key in dict.fromkeys(key for key in keys if key):
                found.setdefault(key, []).append(line)
        return found


def _found(index: Mapping[str, list[Line]], keys: Iterable[str]) -> list[Line]:
    """Return the lines of any of `keys`, each once."""
    return list(dict.fromkeys(line for key in keys if key for line in index.get(key, [])))


def _named(lines: _Lines, names: Sequence[str]) -> list[Line]:
    exact = _found(lines.by_name, map(full_name, names))
    return exact or _found(lines.by_words, (" ".join(words_of(name)) for name in names))


def _candidates(
    lines: _Lines, student: Mapping[str, str], called: Sequence[str], person: Person | None, *, is_own: bool
) -> Iterator[list[Line]]:
    """Yield lists of lines that fit a student. The surest come first.

    Args:
        lines: of the grade book.
        student: what is known of them.
        called: names of the submission, where it is theirs alone.
        person: their line in a roster.
        is_own: whether the platform named the upload, with the number that is known.
    """
    number = folded(student.get("id", ""))
    yield _found(lines.by_number, [number]) if is_own else []
    keys = [number, folded(student.get("email", "")), *map(folded, called)]
    yield _found(lines.by_key, keys)
    if person is not None:
        yield _found(lines.by_key, person.keys) or _found(lines.by_number, person.keys)
    name = student.get("name", "") if student.get("name") != student.get("id") else ""
    yield [line for line in _found(lines.by_number, keys) if not contradict(name, line.name)]
    names = [name, person.name if person else ""]
    yield _named(lines, names if any(names) or number else [text.replace("_", " ") for text in called])


def _lines_of(
    lines: _Lines, identity: Identity, roster: Roster | None, *, is_own: bool
) -> tuple[list[Line], list[Line]]:
    """Return the lines of a submission's people.

    The second list has those among which no choice can be made; both are empty where nothing fits all.
    """
    students = individuals(identity)
    people: Sequence[Person | None] = roster.people_of(identity) if roster else [None] * len(students)
    if len(people) != len(students):  # a roster names the people of a group's submission
        students = [{} for _ in people]
    called = [identity.name, re.sub(r"\.(zip|tgz|tar\.gz|ipynb)$", "", identity.entry)] if len(students) == 1 else []
    theirs: list[Line] = []
    for student, person in zip(students, people, strict=True):
        fitting = next((found for found in _candidates(lines, student, called, person, is_own=is_own) if found), [])
        if len(fitting) != 1:
            return [], fitting
        theirs += fitting
    return theirs, []


def match(
    results: Sequence[Result], lines: Sequence[Line], roster: Roster | None, is_own: Callable[[str, str], bool]
) -> Matching:
    """Match each result to its students' lines.

    Args:
        results: of a class.
        lines: of the grade book.
        roster: what else is known of people; None for nothing.
        is_own: whether the platform of the grade book gave an entry its name and a number in it, which is its own then.
    """
    index = _Lines(lines)
    by_line: dict[Line, list[Result]] = {}
    unmatched: list[str] = []
    ambiguous: list[tuple[str, tuple[str, ...]]] = []
    for result in results:
        own = is_own(result.identity.entry, result.identity.student.get("id", ""))
        theirs, several = _lines_of(index, result.identity, roster, is_own=own)
        if several:
            ambiguous.append((result.submission, tuple(line.name or line.number for line in several)))
        elif not theirs:
            unmatched.append(result.submission)
        for line in theirs:
            by_line.setdefault(line, []).append(result)
    doubled = {line: found for line, found in by_line.items() if len(found) > 1}
    return Matching(
        {line.row: found[0] for line, found in by_line.items() if line not in doubled},
        tuple(unmatched),
        tuple(ambiguous),
        tuple((tuple(each.submission for each in found), line.name or line.number) for line, found in doubled.items()),
    )
