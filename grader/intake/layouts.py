"""Whose work the entries of a batch are: the names that learning platforms give to the files of a bulk download.

An `Upload` is what such a name says. Entries of one owner are one person's: the latest is the submission, the others
are earlier attempts, and modules handed in one by one (`net.py`, `objective.py`, …) are one submission together. A
name that fits no platform is nobody's in particular and stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from grader.intake.formats import format_of, stem

Groups = Mapping[str, str | None]


@dataclass(frozen=True)
class Upload:
    """What the name of one entry says.

    `owner` names the submission and is equal for all uploads of one person; `student` is what is known of that person.
    Of several uploads the one with the greatest `order` is the latest. `file` is its name before the platform changed
    it, "" for a folder that holds the files.
    """

    owner: str
    file: str = ""
    order: tuple[int | str, ...] = ()
    student: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """A platform's way to name entries: the names that `pattern` matches whole, read by `upload`.

    `doubtful` says that people give such names as well; then they are believed only where they fit together.
    """

    pattern: re.Pattern[str]
    upload: Callable[[Groups], Upload]
    doubtful: bool = False


def _text(groups: Groups, key: str) -> str:
    return groups.get(key) or ""


def _moodle(groups: Groups) -> Upload:
    name, number = _text(groups, "name"), _text(groups, "id")
    # A text typed into the page beside an uploaded file is a remark about it, not a later attempt.
    return Upload(
        f"{name}_{number}",
        _text(groups, "file"),
        (int(groups["plugin"] == "file"),),
        {"id": number, "name": name},
    )


def _canvas(groups: Groups) -> Upload:
    name, number = _text(groups, "name"), _text(groups, "id")
    return Upload(
        f"{name}_{number}",
        _text(groups, "file") or "entry.html",
        (int(_text(groups, "attachment") or 0),),
        {"id": number, "name": name},
    )


def _canvas_anonymous(groups: Groups) -> Upload:
    owner = f"anon_{groups['id']}"
    return Upload(owner, _text(groups, "file"), (int(_text(groups, "attachment")),), {"id": _text(groups, "id")})


def _blackboard(groups: Groups) -> Upload:
    user = _text(groups, "id")
    return Upload(user, _text(groups, "file") or "attempt.txt", (_text(groups, "time"),), {"id": user})


LAYOUTS: dict[str, Layout] = {
    "moodle": Layout(
        re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<plugin>file|onlinetext)(?:_(?P<file>.*))?"), _moodle
    ),
    "blackboard": Layout(
        re.compile(r".+_(?P<id>[^_]+)_attempt_(?P<time>\d{4}(?:-\d{2}){5})(?:_(?P<file>.+)|\.txt)"), _blackboard
    ),
    "canvas-anonymous": Layout(
        re.compile(r"anon_(?P<id>[A-Za-z0-9]+)_(?:LATE_)?(?P<attachment>\d{3,18})_(?P<file>.+)"),
        _canvas_anonymous,
        doubtful=True,
    ),
    "canvas": Layout(
        re.compile(
            r"(?P<name>[^\W_]+)_(?:LATE_)?(?P<id>\d{3,18})_(?:(?P<attachment>\d{3,18})_(?P<file>.+)|(?:text|link)\.html)"
        ),
        _canvas,
        doubtful=True,
    ),
}
"""The platforms by name, the most distinctive names first."""


def _attempt_stem(file: str) -> str:
    return re.sub(r"-\d+$", "", stem(file))


def _one_persons(uploads: Collection[Upload]) -> bool:
    """Whether uploads with one number can be one person's: `hw_2025_1105_ann.zip` and `…_1106_bob.zip` are not.

    They bear one name, each has a number of its own, and archives or notebooks among them are versions of one file.
    """
    packed = {_attempt_stem(upload.file) for upload in uploads if format_of(upload.file)}
    owners = {upload.owner for upload in uploads}
    return len(owners) == 1 and len({upload.order for upload in uploads}) == len(uploads) and len(packed) <= 1


def _believed(uploads: Mapping[str, Upload]) -> dict[str, Upload]:
    by_person: dict[str, dict[str, Upload]] = {}
    for name, upload in uploads.items():
        by_person.setdefault(upload.student["id"], {})[name] = upload
    return {
        name: upload for group in by_person.values() if _one_persons(group.values()) for name, upload in group.items()
    }


def recognise(names: Collection[str]) -> dict[str, tuple[str, Upload]]:
    """What the entries of a batch are.

    Args:
        names: the entries' names, folders and files alike.

    Returns:
        for each name that a platform gave: the platform, and what the name says. The others are missing.
    """
    found: dict[str, tuple[str, Upload]] = {}
    for platform, layout in LAYOUTS.items():
        matches = {name: layout.pattern.fullmatch(name) for name in names if name not in found}
        uploads = {name: layout.upload(match.groupdict()) for name, match in matches.items() if match}
        believed = _believed(uploads) if layout.doubtful else uploads
        found |= {name: (platform, upload) for name, upload in believed.items()}
    return found
