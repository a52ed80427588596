"""Metadata that platforms put beside a batch's folders. They tell who is who, and who handed in when.

- Gradescope: `submission_metadata.yml`, submitters and times by folder.
- Classroom 50: `scores.csv`, user names, names and times; a clone's folder ends in the user name.
- GitHub Classroom: `grades.csv`, user names and times by repository; or only the name of its folder,
  `<assignment>-submissions`.

Such a file is recognised by its columns or keys, never by its name alone: a `scores.csv` of any other kind is an
entry.
"""

from __future__ import annotations

import csv
import io
import os
import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.intake.folder import read_regular, type_at
from grader.intake.limits import MEBIBYTE, Refused
from grader.intake.naming import shown
from grader.intake.times import in_utc
from grader.model import of_one_person

_MAX_FILE_BYTES = 64 * MEBIBYTE
"""Maximum bytes of a metadata file. Gradescope's holds the results of every attempt of a course."""

_MAX_GROUP = 50
"""Maximum submitters of one submission."""
_YES = ("true", "yes", "1", "late")
GRADESCOPE = "submission_metadata.yml"

Student = dict[str, str]

_SUBMISSION = re.compile(r"(submission_\d+):\s*")
_FIELD = re.compile(r"  (?:- |  ):(name|sid|email): (.*)")
_CREATED = re.compile(r"  :created_at: (.{1,100})")
_KEYS = {"id": "sid", "name": "name", "email": "email"}
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U000([0-9A-Fa-f]{5})|(.))")


@dataclass(frozen=True)
class Metadata:
    """A platform's metadata on one entry. Fields are empty where nothing is known; see `Identity`."""

    student: Student = field(default_factory=dict)
    submitted: str = ""
    late: bool = False


@dataclass(frozen=True)
class ClassMetadata:
    """Metadata on a batch. `of` has it by entry; `files` are the files that hold it, which are nobody's submission."""

    of: Mapping[str, Metadata] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


def _scalar(text: str) -> str:
    """Parse a YAML scalar on one line. The scalar is plain, or in single or double quotes."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _ESCAPE.sub(lambda match: match[4] or chr(int(match[1] or match[2] or match[3], 16)), text[1:-1])
    return text


def _submitters(text: str) -> dict[str, tuple[list[Student], list[str]]]:
    """Parse the submitters and times of submissions. The text is in the block style that Gradescope writes.

    This reads no YAML in general. Keys of a submission stand two spaces deep, those of a submitter four; what students
    printed, kept in the same file, is always deeper and cannot pass for either.
    """
    found: dict[str, tuple[list[Student], list[str]]] = {}
    people: list[Student] = []
    times: list[str] = []
    inside = False
    for line in text.split("\n"):
        if heading := _SUBMISSION.fullmatch(line):
            people, times = found.setdefault(heading[1], ([], []))
        elif line.startswith("  :"):
            inside = line.rstrip() == "  :submitters:"
            if created := _CREATED.fullmatch(line.rstrip()):
                times.append(in_utc(_scalar(created[1])))
        elif inside and (field_of := _FIELD.fullmatch(line.rstrip())):
            if line.startswith("  - ") and len(people) < _MAX_GROUP:
                people.append({})
            if people:
                people[-1][field_of[1]] = of_one_person(shown(_scalar(field_of[2])))
    return found


def _gradescope(text: str, names: Collection[str]) -> dict[str, Metadata]:
    """Read Gradescope's metadata. A group's members share the fields of one student, divided by "; "."""
    found = {}
    for entry, (people, times) in _submitters(text).items():
        values = {
            key: "; ".join(person[source] for person in people if person.get(source)) for key, source in _KEYS.items()
        }
        if entry in names:
            student = {key: value for key, value in values.items() if value}
            found[entry] = Metadata(student, times[0] if times else "")
    return found


def _rows(text: str, columns: set[str]) -> list[dict[str, str]] | None:
    """Return a table's rows if it has all `columns`. None for any other text."""
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
        if not columns <= set(reader.fieldnames or ()):
            return None
        return [{str(key): of_one_person(shown(str(value))) for key, value in row.items()} for row in reader]
    except csv.Error:
        return None  # a field beyond the module's limit: nothing that a platform wrote


def _longest_end(name: str, rows: Mapping[str, Student]) -> Student | None:
    """Return the row whose key ends `name`.

    The key stands behind a dash, and the longest counts; None where there is none.
    """
    dashes = (match.end() for match in re.finditer("-", name))
    return next((rows[name[start:]] for start in dashes if name[start:] in rows), None)


def _classroom50(text: str, names: Collection[str]) -> dict[str, Metadata] | None:
    rows = _rows(text, {"username", "submission_tag"})
    if rows is None:
        return None
    by_username = {row["username"].lower(): row for row in rows if row["username"]}
    found: dict[str, Metadata] = {}
    for name in names:
        row = _longest_end(name.lower(), by_username)
        if row is not None:
            full_name = f"{row.get('first_name', '')} {row.get('last_name', '')}".strip()
            student = {"id": row["username"], "name": full_name or row["username"]}
            student |= {"email": row["email"]} if row.get("email") else {}
            is_late = row.get("late", "").strip().lower() in _YES
            found[name] = Metadata(student, in_utc(row.get("datetime", "")), is_late)
    return found


def _github_classroom(text: str, names: Collection[str]) -> dict[str, Metadata] | None:
    rows = _rows(text, {"github_username", "student_repository_name"})
    if rows is None:
        return None
    return {
        row["student_repository_name"]: Metadata(
            {"id": row["github_username"], "name": row.get("roster_identifier") or row["github_username"]},
            in_utc(row.get("submission_timestamp", "")),
        )
        for row in rows
        if row["student_repository_name"] in names
    }


def _text(folder: Path, name: str) -> str | None:
    if type_at(folder / name) != stat.S_IFREG:
        return None  # somebody's folder of that name: to open a device could do harm
    try:
        content = read_regular(folder / name, _MAX_FILE_BYTES)
    except Refused:
        return None  # not there, or not readable: then the entries stand for themselves
    return content.decode("utf-8-sig", errors="replace")


def read_metadata(folder: Path, names: Collection[str]) -> ClassMetadata:
    """Read the metadata on the entries of `folder`. The entries are `names`."""
    names = frozenset(names)  # each row of a file is looked up among them
    found_of: dict[str, Metadata] = {}
    files: set[str] = set()
    readers = {
        GRADESCOPE: _gradescope,
        "scores.csv": _classroom50,
        "grades.csv": _github_classroom,
    }
    for name, reader in readers.items():
        text = _text(folder, name) if name in names else None
        found = reader(text, names) if text is not None else None
        if found is not None:
            found_of |= found
            files.add(name)
    assignment, mark, rest = folder.name.rpartition("-submissions")
    if mark and not rest:
        for name in names:
            if name.startswith(f"{assignment}-") and os.path.lexists(folder / name / ".git"):
                login = name[len(assignment) + 1 :]
                found_of.setdefault(name, Metadata({"id": login, "name": login}))
    return ClassMetadata(found_of, frozenset(files))
