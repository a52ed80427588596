"""Course notebooks for work that nbgrader has not seen. They are what formgrader and `nbgrader generate_feedback` show.

Where a student has handed in through nbgrader, the notebook is theirs, with the points in its last cells. Where not,
the released notebook stands in its place and says so, also to `nbgrader autograde`; see `grader.autograde.PLACEHOLDER`.

Of theirs the text of the cells is taken and nothing else. nbgrader shows notebooks as pages on the instructor's own
Jupyter server, and puts outputs, metadata and HTML in Markdown into them as they are: a script would run there.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.autograde import PLACEHOLDER, PLACEHOLDER_FILE
from grader.report.escape import fence, lines_of

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
    """Return a cell's id in nbgrader. "" where it has none; in a student's cell anything may stand there."""
    found: Any = cell
    for key in ("metadata", "nbgrader", "grade_id"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


def _source(cell: Mapping[str, Any]) -> str:
    """Return a cell's text. Files have it whole or line by line."""
    source: str | list[str] = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _read(path: Path) -> dict[str, Any] | None:
    """Read a notebook. None where there is none, or none that can be read; a link may lead to another's."""
    if path.is_symlink():
        return None
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())  # it may be anything, which is caught below
        for cell in document["cells"]:
            _source(cell)
        return document if isinstance(document.get("metadata"), dict) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
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


def _as_text(cell: Mapping[str, Any], metadata: Mapping[str, Any], given: Collection[str]) -> dict[str, Any]:
    """Return a student's cell. A browser runs nothing of it.

    Args:
        cell: as the student wrote it.
        metadata: in place of its own.
        given: the texts of the released cells, which may hold Markdown.
    """
    text = _source(cell)
    if cell.get("cell_type") == "code":
        return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": text}
    return {"cell_type": "markdown", "metadata": metadata, "source": text if text in given else fence(lines_of(text))}


def _with_points(document: Mapping[str, Any], released: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """Return `document` with the cells for points filled in. The released cells take the place of its own."""
    known = {name: cell for cell in released["cells"] if (name := _id_of(cell))}
    given = {_source(cell) for cell in released["cells"] if cell["cell_type"] == "markdown"}
    ours = {name: cell for name, cell in known.items() if name in page.points}
    cells = []
    for number, cell in enumerate(document["cells"], start=1):
        stands_for = known.pop(_id_of(cell), None)  # of two with one id it is the first
        if stands_for is not None and _id_of(stands_for) in ours:
            cells.append(copy.deepcopy(stands_for))
        else:
            metadata = {} if stands_for is None else copy.deepcopy(stands_for["metadata"])
            cells.append({**_as_text(cell, metadata, given), "id": f"cell-{number}"})
    cells += [copy.deepcopy(cell) for name, cell in ours.items() if name in known]
    for cell in cells:
        if (name := _id_of(cell)) in ours:
            cell["outputs"] = _outputs(page.lines.get(name, ()), page.points[name])
    marks = {PLACEHOLDER: document["metadata"][PLACEHOLDER]} if PLACEHOLDER in document["metadata"] else {}
    return {**released, "metadata": {**released.get("metadata", {}), **marks}, "cells": cells}


def _replace(path: Path, content: bytes) -> None:
    """Replace a file by a whole new one. nbgrader writes its own as read-only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)  # a student could have left a link there
    with beside.open("xb") as file:
        file.write(content)
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
    _replace(page.autograded / page.notebook, _bytes(_with_points(theirs, released, page)))
    if page.time is not None:
        for folder in (page.submitted, page.autograded):
            if not (folder / TIMESTAMP).exists() or folder == page.autograded:
                _replace(folder / TIMESTAMP, f"{page.time:%Y-%m-%d %H:%M:%S} UTC".encode())
