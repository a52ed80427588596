"""The entries of a batch, person by person. The uploads of one person come to one entry or several.

The latest attempt counts. Its files are taken as if they lay in one folder: a package where there is a `net.py`, else
the one archive or notebook. A file that was uploaded again counts in its newest version. What a platform or its author
wrote beside the files is no attempt, nor is a second file of the same one.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from grader.intake.folder import type_at
from grader.intake.formats import format_of, stem
from grader.intake.layouts import Upload, Uploads
from grader.intake.limits import Refused
from grader.intake.metadata import Metadata
from grader.intake.naming import shown
from grader.intake.selection import ENTRY_MODULE
from grader.intake.times import handed_in_at
from grader.model import Problem, of_one_person

Attempts = Literal["latest", "all", "best"]
"""The attempts of a person that are graded.

Graded are the latest, all with a row each, or all of which the best counts.
"""


@dataclass(frozen=True)
class Entry:
    """One submission still to be read.

    `name` is not yet safe. `modules` by file name are the submission where they were handed in one by one. `problem` is
    why there is nothing to read. `earlier` are the names of attempts that do not count, `attempt_of` is what those
    share of which the best does. `packed_in` is the download that `path` was unpacked from for the time being. When it
    was `submitted`, and whether that was `late`, the platform tells (see `Identity`).
    """

    name: str
    path: Path
    modules: Mapping[str, Path] = field(default_factory=dict)
    student: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()
    attempt_of: str = ""
    problem: Problem | None = None
    packed_in: Path | None = None
    submitted: str = ""
    late: bool = False

    @property
    def origin(self) -> Path:
        """Where its user finds it."""
        return self.packed_in / self.path.name if self.packed_in else self.path


def plain_entry(path: Path, metadata: Metadata) -> Entry:
    """Return an entry that stands for itself. What a platform says of it is added."""
    name = path.name if type_at(path) == stat.S_IFDIR else stem(path.name)
    submitted = metadata.submitted or handed_in_at(path)
    return Entry(name, path, student=metadata.student, submitted=submitted, late=metadata.late)


def _is_gradable(upload: Upload) -> bool:
    return not upload.file or upload.file.endswith(".py") or bool(format_of(upload.file))


def _plain_name(upload: Upload) -> str:
    """Return the name that a file's versions share.

    Where the platform counts them, `hw.tgz` is a version of `hw.zip`.
    """
    return stem(upload.file) if upload.version and format_of(upload.file) else upload.file


def _latest_attempt(uploads: Uploads) -> dict[str, Upload]:
    """Return the uploads that count.

    They belong to the latest attempt with something to grade, and are its newest versions.
    """
    best = max(uploads.values(), key=lambda upload: (_is_gradable(upload), upload.attempt))
    newest: dict[str, str] = {}
    for name in sorted(uploads, key=lambda name: (uploads[name].version, name)):
        if uploads[name].attempt == best.attempt:
            newest[_plain_name(uploads[name]) or name] = name
    return {name: uploads[name] for name in newest.values()}


def personal_entry(folder: Path, uploads: Uploads) -> Entry:
    """Combine the uploads of one person to an entry. `uploads` has them by their names in `folder`."""
    files = {name: upload for name, upload in uploads.items() if not upload.is_note} or dict(uploads)
    chosen = _latest_attempt(files)
    modules = {upload.file: folder / name for name, upload in chosen.items() if upload.file}
    packed = sorted(name for name, upload in chosen.items() if not upload.file or format_of(upload.file))
    problem = None
    lists_files = any(file.endswith(".py") for file in modules) or len(modules) > 1
    if ENTRY_MODULE in modules or (lists_files and not packed):
        path = modules.get(ENTRY_MODULE, folder / min(chosen))
    else:
        path, modules = folder / (packed or list(chosen))[-1], {}
        if len(packed) > 1:
            problem = Refused("intake/several", found=[chosen[name].file or name for name in packed]).problem
    person = chosen[path.name]
    earlier = tuple(sorted(files.keys() - chosen.keys()))
    return Entry(
        person.owner,
        path,
        modules,
        {key: of_one_person(shown(text)) for key, text in person.student.items()},
        earlier,
        problem=problem,
        submitted=max(upload.submitted for upload in chosen.values()),
        late=any(upload.is_late for upload in chosen.values()),
    )


def _attempts(uploads: Uploads) -> list[Uploads]:
    """Split the uploads of one person by attempt. The latest comes last.

    A platform tells attempts apart by their time, or counts the versions of a file. Modules that were handed in one by
    one and replaced one by one make no attempts: which of them belonged together nobody knows.
    """
    whole = {name: upload for name, upload in uploads.items() if not upload.is_note and format_of(upload.file)}
    found: dict[tuple[str, int], dict[str, Upload]] = {}
    for name, upload in (uploads if any(upload.attempt for upload in uploads.values()) else whole).items():
        if not upload.is_note and _is_gradable(upload):
            found.setdefault((upload.attempt, 0 if upload.attempt else upload.version), {})[name] = upload
    return [found[key] for key in sorted(found)]


def entries_of(folder: Path, uploads: Uploads, attempts: Attempts) -> list[Entry]:
    """Return the entries of one person's uploads. There is one entry that counts, or one for each attempt.

    Args:
        folder: where the uploads lie.
        uploads: of one person, by their names.
        attempts: which are graded. Earlier ones are called `<name>-attempt-1` and so on.
    """
    latest = personal_entry(folder, uploads)
    split = _attempts(uploads) if attempts != "latest" else []
    if len(split) < 2:
        return [latest]
    of = latest.name if attempts == "best" else ""
    entries = []
    for number, group in enumerate(split, start=1):
        entry = personal_entry(folder, group)
        name = entry.name if number == len(split) else f"{entry.name}-attempt-{number}"
        entries.append(replace(entry, name=name, attempt_of=of))
    return entries
