"""Course notebooks for work that nbgrader has not seen. They are what formgrader and `nbgrader generate_feedback` show.

Where a student has handed in through nbgrader, the notebook is theirs, with the points in its last cells. Where not,
the released notebook stands in its place and says so, also to `nbgrader autograde`; see `grader.autograde.PLACEHOLDER`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.autograde import PLACEHOLDER, PLACEHOLDER_FILE

TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Page:
    """The contents of one student's two notebooks.

    Args:
        submitted, autograded: nbgrader's folders of this student and assignment.
        notebook: file name.
        time: when it was handed in, in UTC; None where not known.
        elsewhere: a line that says what was handed in outside nbgrader.
        points: by the id of the cell; None for no grade.
        lines: what stands above the points.
    """

    submitted: Path
    autograded: Path
    notebook: str
    time: datetime | None
    elsewhere: str
    points: Mapping[str, float | None]
    lines: Mapping[str, Sequence[str]]


def _id_of(cell: Mapping[str, Any]) -> str:
    return str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", ""))


def _read(path: Path) -> dict[str, Any] | None:
    """Read a notebook. None where there is none, or none that can be read."""
    try:
        document = json.loads(path.read_bytes())
        return document if all(isinstance(cell["source"], str | list) for cell in document["cells"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _placeholder(released: Mapping[str, Any], elsewhere: str) -> dict[str, Any]:
    """Return the released notebook without stubs. Nobody has filled them in."""
    document = copy.deepcopy(dict(released))
    document.setdefault("metadata", {})[PLACEHOLDER] = {"placeholder": True}
    for cell in document["cells"]:
        if cell.get("metadata", {}).get("nbgrader", {}).get("solution"):
            cell["source"] = f"# {elsewhere}"
    return document


def _outputs(lines: Sequence[str], points: float | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if lines:
        found.append({"output_type": "stream", "name": "stdout", "text": "".join(f"{line}\n" for line in lines)})
    if points is not None:
        data = {"text/plain": str(float(points))}
        found.append({"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data})
    return found


def _with_points(document: Mapping[str, Any], released: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """Return `document` with the cells for points filled in. The released cells take the place of its own."""
    ours = {_id_of(cell): cell for cell in released["cells"] if _id_of(cell) in page.points}
    cells = [copy.deepcopy(ours.get(_id_of(cell), cell)) for cell in document["cells"]]
    present = {_id_of(cell) for cell in cells}
    cells += [copy.deepcopy(cell) for name, cell in ours.items() if name not in present]
    for cell in cells:
        if (name := _id_of(cell)) in ours:
            cell["outputs"] = _outputs(page.lines.get(name, ()), page.points[name])
    return {**document, "cells": cells}


def _replace(path: Path, content: bytes) -> None:
    """Replace a file by a whole new one. nbgrader writes its own as read-only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


def _bytes(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(errors="replace")


def write(page: Page, released: Mapping[str, Any]) -> None:
    """Write both notebooks of a student, with the time.

    What a student has handed in through nbgrader is left as it is.

    Args:
        page: of that student.
        released: the notebook that students receive.

    Raises:
        OSError: a folder cannot be written to.
    """
    handed_in = page.submitted / page.notebook
    if not handed_in.exists():
        _replace(handed_in, _bytes(_placeholder(released, page.elsewhere)))
        _replace(page.submitted / PLACEHOLDER_FILE, b"Written by `grader export nbgrader`: handed in elsewhere.\n")
    theirs = _read(handed_in) or _placeholder(released, page.elsewhere)
    graded = page.autograded / page.notebook
    base = (None if PLACEHOLDER in theirs.get("metadata", {}) else _read(graded)) or theirs
    _replace(graded, _bytes(_with_points(base, released, page)))
    if page.time is not None:
        for folder in (page.submitted, page.autograded):
            if not (folder / TIMESTAMP).exists() or folder == page.autograded:
                _replace(folder / TIMESTAMP, f"{page.time:%Y-%m-%d %H:%M:%S} UTC".encode())
