"""Learning platforms import their exports, restated from their sources.

- Canvas: canvas-lms, lib/gradebook_importer.rb.
- Moodle: mod/assign/feedback/offline/importgradeslib.php and locallib.php; mod/assign/feedback/file/importziplib.php.
- Blackboard: its page "Work offline with grade data"; the source is not public.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class CanvasImport:
    """The changes that an import into Canvas would make."""

    grades: dict[str, dict[str, str]] = field(default_factory=dict)
    """Grades by assignment id and user id. Blank ones are left out."""
    new_assignments: list[str] = field(default_factory=list)
    new_students: list[str] = field(default_factory=list)


def _canvas_delimiter(text: str) -> str:
    """Choose the delimiter as Canvas does.

    It is a semicolon where the first three lines have more cells by it, and equally many.
    """
    counts = {}
    for sign in ";,":
        sizes = {len(row) for row in csv.reader(io.StringIO("\n".join(text.splitlines()[:3])), delimiter=sign)}
        counts[sign] = sizes.pop() if len(sizes) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _with_point(cell: str) -> str:
    """Read a number as Canvas does. Its last comma or point is the decimal one."""
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *whole, rest = re.split(r"[,.]", cell)
    return f"{''.join(whole)}.{rest}" if whole else rest


def canvas_import(content: bytes, students: Mapping[str, str], logins: Mapping[str, str]) -> CanvasImport:
    """Import a file as Canvas does.

    Args:
        content: the file.
        students: names by user id.
        logins: user ids by SIS id and by login.
    """
    text = content.decode("utf-8-sig")
    rows = [
        [_with_point(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=_canvas_delimiter(text))
    ]
    header = rows[0]
    by_last = header[:2] == ["LastName", "FirstName"]
    if not (("Student" in header[0] and "ID" in header[1]) or (by_last and "ID" in header[2])):
        raise AssertionError("Invalid header row")
    id_column = 2 if by_last else 1
    last_info = header.index("Section")
    done = CanvasImport()
    possible = next((row for row in rows if "Points Possible" in row[0]), [""] * len(header))
    wanted = {}
    for place, heading in enumerate(header[last_info + 1 :], last_info + 1):
        found = re.fullmatch(r"(.*) \((\d+)\)", heading)
        if re.search("(Current|Final|Override) (Score|Points|Grade|Status)", heading):
            continue
        if found is None:
            done.new_assignments.append(heading)
        elif not re.search(r"read\s+only", possible[place]):
            wanted[place] = found[2]
    for row in rows[1:]:
        if "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
            continue
        user = row[id_column] if row[id_column] in students else None
        user = user or next((logins[cell] for cell in row[id_column + 1 : last_info] if cell in logins), None)
        if user is None:
            done.new_students.append(row[0])
            continue
        for place, assignment in wanted.items():
            if row[place].strip():
                done.grades.setdefault(assignment, {})[user] = row[place].strip()
    return done


@dataclass
class MoodleImport:
    """The changes that a worksheet uploaded to Moodle would make."""

    grades: dict[int, float] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MoodleWords:
    """The headings and words that Moodle's importer looks for. `hidden_user` stands before a participant's number."""

    identifier: str
    grade: str
    modified: str
    hidden_user: str
    comments: str
    decimal: str = "."


def moodle_import(
    content: bytes,
    words: MoodleWords,
    participants: frozenset[int],
    most: float,
    *,
    delimiter: str = ",",
    locked: frozenset[int] = frozenset(),
) -> MoodleImport:
    """Import a worksheet as Moodle does. All its rules apply but that on the time of the last change."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))
    header = rows[0]
    if not {words.identifier, words.grade, words.modified} <= set(header):
        raise AssertionError("invalidgradeimport")
    done = MoodleImport()
    for row in rows[1:]:
        number = row[header.index(words.identifier)][len(words.hidden_user) :].strip()
        participant = int(number) if number.isdigit() else 0
        if participant not in participants:
            continue
        cell = row[header.index(words.grade)].replace(words.decimal, ".")
        grade = float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else None
        if grade is None:
            done.skipped[participant] = "no value"
        elif participant in locked:
            done.skipped[participant] = "locked"
        elif not 0 <= grade <= most:
            done.skipped[participant] = "out of range"
        else:
            done.grades[participant] = grade
        if words.comments in header and row[header.index(words.comments)]:
            done.comments[participant] = row[header.index(words.comments)]
    return done


def moodle_feedback_import(content: bytes, participants: frozenset[int]) -> dict[int, dict[str, bytes]]:
    """Import a zip of feedback files as Moodle does. Files come by participant and by the name that they get."""
    found: dict[int, dict[str, bytes]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            if info.is_dir() or info.filename.rpartition("/")[2].startswith((".", "~")):
                continue
            parts = info.filename.split("/")
            while parts:
                pieces = parts.pop(0).split("_", 4)
                if len(pieces) < 4 or not pieces[1].isdigit() or int(pieces[1]) not in participants:
                    continue
                if pieces[2] != "assignsubmission" or pieces[3] not in ("file", "onlinetext"):
                    continue
                rest = [pieces[4] if len(pieces) > 4 else "", *parts]
                found.setdefault(int(pieces[1]), {})["/".join(rest)] = archive.read(info)
                break
    return found


def blackboard_import(content: bytes) -> dict[str, dict[str, str]]:
    """Import a file as Blackboard does. Cells come by user name and column id; without an id, by the whole heading."""
    is_tabs = content.startswith(b"\xff\xfe")
    text = content.decode("utf-16" if is_tabs else "utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t" if is_tabs else ","))
    return {
        row["Username"]: {heading.rpartition("|")[2]: cell for heading, cell in row.items() if cell} for row in rows
    }
