"""Names that learning platforms give to uploads. They tell whose work the entries of a batch are.

An `Upload` is what such a name says. Entries of one owner are one person's, and one submission together (see
`people`). A name that fits no platform is nobody's in particular and stands for itself.

What a platform puts in front counts, and the first match of it: all behind that is a file's name, which its author
chose and which may look like another person's upload.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from grader.intake.formats import format_of, stem
from grader.intake.times import local_in_utc

Groups = Mapping[str, str | None]


@dataclass(frozen=True)
class Upload:
    """The parts of an upload's name.

    `owner` names the submission and is equal for all uploads of one person; `student` is what is known of that person.
    `file` is its name before the platform changed it, "" for a folder that holds the files. Of several `attempt`s the
    greatest is the latest; within one, of two files of the same name that with the greater `version` is the newer.
    `is_note` marks a text about an upload, or typed in place of one. `submitted` and `is_late` are what the name says
    of the time, as `Identity` has them.
    """

    owner: str
    file: str = ""
    attempt: str = ""
    version: int = 0
    is_note: bool = False
    student: Mapping[str, str] = field(default_factory=dict)
    submitted: str = ""
    is_late: bool = False


Uploads = Mapping[str, Upload]
"""Uploads by the name of their entry."""


def _all(uploads: Uploads, _names: Collection[str]) -> Uploads:
    return uploads


@dataclass(frozen=True)
class Layout:
    """A platform's way to name entries. `pattern` matches a name whole, and `upload` reads it.

    `settle` then looks at them together, with all names of the batch beside them: it says which are believed, where
    people give such names as well, and what could not be known from one name alone.
    """

    pattern: re.Pattern[str]
    upload: Callable[[Groups], Upload]
    settle: Callable[[Uploads, Collection[str]], Uploads] = _all


def _text(groups: Groups, key: str) -> str:
    return groups.get(key) or ""


def _moodle(groups: Groups) -> Upload:
    name, number = _text(groups, "name"), _text(groups, "id")
    return Upload(
        f"{name}_{number}",
        _text(groups, "file"),
        is_note=groups["plugin"] != "file",
        student={"id": number, "name": name},
    )


def _unnumbered(file: str) -> str:
    """Remove a platform's number: `hw-2.zip` gives `hw.zip`. The platform numbers what is uploaded again."""
    kept = stem(file)
    return re.sub(r"-\d+$", "", kept) + file[len(kept) :]


def _canvas(groups: Groups) -> Upload:
    name, number = _text(groups, "name"), _text(groups, "id")
    return Upload(
        f"{name}_{number}" if name else f"anon_{number}",
        _unnumbered(_text(groups, "file") or "entry.html"),
        version=int(_text(groups, "attachment") or 0),
        is_note=not groups["file"],
        student={"id": number, "name": name} if name else {"id": number},
        is_late=bool(groups["late"]),
    )


def _blackboard(groups: Groups) -> Upload:
    file = _text(groups, "file")
    time = _text(groups, "time")
    return Upload(_text(groups, "who"), file or "attempt.txt", time, is_note=not file, submitted=local_in_utc(time))


def _without_assignment(uploads: Uploads, _names: Collection[str]) -> Uploads:
    """Find the user names of Blackboard's uploads. They stand behind what all have in common: the assignment's name.

    Either may hold underscores, so of one person alone, or of several assignments, the user name is not known.
    """
    owners = {upload.owner for upload in uploads.values()}
    common = os.path.commonprefix(sorted(owners))  # noqa: RUF071 - of letters, these are no paths
    start = common.rfind("_") + 1 if len(owners) > 1 else 0
    if not start:
        return uploads
    return {
        name: replace(upload, owner=upload.owner[start:], student={"id": upload.owner[start:]})
        for name, upload in uploads.items()
    }


def _packed(uploads: Collection[Upload]) -> set[str]:
    """Return the stems of archives and notebooks. Versions of one file are counted once."""
    return {stem(upload.file) for upload in uploads if format_of(upload.file)}


def _by(key: Callable[[Upload], str], uploads: Uploads) -> dict[str, dict[str, Upload]]:
    groups: dict[str, dict[str, Upload]] = {}
    for name, upload in uploads.items():
        groups.setdefault(key(upload), {})[name] = upload
    return groups


def _have_one_owner(uploads: Collection[Upload]) -> bool:
    """Whether uploads with one number have one owner. `hw_2025_1105_ann.zip` and `…_1106_bob.zip` have not.

    They bear one name, each has a number of its own, and archives or notebooks among them are versions of one file.
    """
    owners = {upload.owner for upload in uploads}
    versions = {upload.version for upload in uploads}
    return (
        len(owners) == 1
        and len(versions) == len(uploads)
        and len(_packed(uploads)) <= 1
        and "_" not in next(iter(uploads)).student.get("name", "")
    )


def _is_download(uploads: Uploads, names: Collection[str]) -> bool:
    """Whether the whole batch comes from Canvas. If not, people's own names happen to hold two numbers.

    Most entries fit; a number is one person's, and persons have names of their own, as dates and assignments would not;
    no attachment comes twice; and for most persons there is nothing to choose between.
    """
    people = _by(lambda upload: upload.owner, uploads)
    ids = {upload.student["id"] for upload in uploads.values()}
    called = {upload.student.get("name", upload.owner) for upload in uploads.values()}
    attached = [upload.version for upload in uploads.values() if not upload.is_note]
    doubtful = sum(len(_packed(group.values())) > 1 for group in people.values())
    return (
        2 * len(uploads) > len(names)
        and len(people) == len(ids)
        and 2 * len(called) > len(ids) > 1
        and len(set(attached)) == len(attached)
        and 2 * doubtful < len(people)
    )


def _plausible_uploads(uploads: Uploads, names: Collection[str]) -> Uploads:
    if _is_download(uploads, names):
        return uploads
    groups = _by(lambda upload: upload.student["id"], uploads).values()
    return {name: upload for group in groups if _have_one_owner(group.values()) for name, upload in group.items()}


LAYOUTS: dict[str, Layout] = {
    "moodle": Layout(
        re.compile(
            r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<plugin>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
        ),
        _moodle,
    ),
    "blackboard": Layout(
        re.compile(r"(?P<who>.+?)_attempt_(?P<time>\d{4}(?:-\d{2}){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL),
        _blackboard,
        _without_assignment,
    ),
    "canvas-anonymous": Layout(
        re.compile(r"anon_(?P<id>[A-Za-z0-9]+)_(?P<late>LATE_)?(?P<attachment>\d{3,18})_(?P<file>.+)", re.DOTALL),
        _canvas,
        _plausible_uploads,
    ),
    "canvas": Layout(
        re.compile(
            r"(?P<name>\w+?)_(?P<late>LATE_)?(?P<id>\d{3,18})_"
            r"(?:(?P<attachment>\d{3,18})_(?P<file>.+)|(?:text|link)\.html)",
            re.DOTALL,
        ),
        _canvas,
        _plausible_uploads,
    ),
}
"""The platforms by name, the most distinctive names first."""


def recognise(names: Collection[str]) -> dict[str, tuple[str, Upload]]:
    """Recognise the uploads among a batch's entries.

    Args:
        names: the entries' names, folders and files alike.

    Returns:
        for each name that a platform gave: the platform, and what the name says. The others are missing.
    """
    found: dict[str, tuple[str, Upload]] = {}
    for platform, layout in LAYOUTS.items():
        matches = {name: layout.pattern.fullmatch(name) for name in names if name not in found}
        uploads = {name: layout.upload(match.groupdict()) for name, match in matches.items() if match}
        found |= {name: (platform, upload) for name, upload in layout.settle(uploads, names).items()}
    return found
