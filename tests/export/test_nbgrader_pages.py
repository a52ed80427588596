"""The notebooks that formgrader shows. No student's notebook stops the export or runs a script there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.autograde import PLACEHOLDER
from grader.export.nbgrader_pages import Page, write

POINTS = {"cell_type": "code", "source": "ask", "metadata": {"nbgrader": {"grade_id": "points-dropout", "grade": True}}}
STUB = {"cell_type": "code", "source": "# stub", "metadata": {"nbgrader": {"grade_id": "net", "solution": True}}}
HEADING = {"cell_type": "markdown", "source": "# Homework <b>2</b>", "metadata": {}}
RELEASED = {"cells": [HEADING, STUB, POINTS], "metadata": {"kernelspec": {}}, "nbformat": 4, "nbformat_minor": 5}
SCRIPT = "<script>alert(1)</script>"
SHOWS_HTML = {"output_type": "display_data", "data": {"text/html": SCRIPT, "application/javascript": SCRIPT}}
CODE = {"cell_type": "code", "source": "class Net: pass", "metadata": {}}


def notebook(*cells: Any, **changed: Any) -> bytes:
    """A notebook with these cells."""
    return json.dumps({**RELEASED, "cells": list(cells), **changed}).encode()


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A student's page, with points for dropout."""
    submitted, autograded = (tmp_path / step / "ada" / "homework" for step in ("submitted", "autograded"))
    submitted.mkdir(parents=True)
    points, lines = {"points-dropout": 3.0}, {"points-dropout": ["one line"]}
    return Page(submitted, autograded, "homework.ipynb", None, "handed in elsewhere", points, lines)


def written(page: Page) -> dict[str, Any]:
    """Write the page. Return the notebook that is shown."""
    write(page, RELEASED)
    document: dict[str, Any] = json.loads((page.autograded / page.notebook).read_bytes())
    return document


READABLE = {
    "a list for a cell's metadata": notebook({**CODE, "metadata": []}),
    "no metadata of nbgrader": notebook({**CODE, "metadata": {"nbgrader": None}}),
    "a text for that of nbgrader": notebook({**CODE, "metadata": {"nbgrader": "x"}}),
    "an id that is none": notebook({**CODE, "metadata": {"nbgrader": {"grade_id": {}}}}),
    "deep metadata": b'{"metadata": {}, "cells": [{"cell_type": "code", "source": ["class Net: ", "pass"], "metadata": '
    + b"[" * 900
    + b"]" * 900
    + b"}]}",
    "NaN": notebook({**CODE, "metadata": {"a": float("nan")}}),
}
UNREADABLE = {
    "a number for the metadata": notebook(CODE, metadata=5),
    "no metadata": notebook(CODE, metadata=None),
    "a list": b"[1]",
    "a cell that is a number": notebook(5),
    "a line that is a number": notebook({**CODE, "source": [5]}),
    "too deep": b'{"cells":' + b"[" * 200_000,
    "no JSON": b"\xff\x00",
}


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_a_strange_notebook_is_shown(content: bytes, page: Page) -> None:
    """A notebook with strange metadata is shown. Its code is there, and so are the points."""
    (page.submitted / page.notebook).write_bytes(content)
    cells = written(page)["cells"]
    assert [cell["source"] for cell in cells] == ["class Net: pass", "ask"]
    assert cells[1]["outputs"][1]["data"] == {"text/plain": "3.0"}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_notebook_stops_nothing(content: bytes, page: Page) -> None:
    """In place of an unreadable notebook stands the released one. What was handed in stays."""
    (page.submitted / page.notebook).write_bytes(content)
    document = written(page)
    assert [cell["source"] for cell in document["cells"]][1:] == ["# handed in elsewhere", "ask"]
    assert PLACEHOLDER in document["metadata"]
    assert (page.submitted / page.notebook).read_bytes() == content


def test_nothing_of_a_student_runs_in_a_browser(page: Page) -> None:
    """Of a student's notebook the text is shown.

    Outputs, metadata and HTML would be put into formgrader's page as they are.
    """
    cells = (
        {
            **CODE,
            "outputs": [SHOWS_HTML],
            "metadata": {"nbgrader": {"comment": SCRIPT}, "tags": [SCRIPT]},
            "id": SCRIPT,
        },
        {"cell_type": "markdown", "source": f"````\n{SCRIPT}", "attachments": {"x": {"text/html": SCRIPT}}},
        {"cell_type": "raw", "source": SCRIPT, "metadata": {"raw_mimetype": "text/html"}},
        {"cell_type": SCRIPT, "source": [SCRIPT]},
        HEADING,
    )
    (page.submitted / page.notebook).write_bytes(notebook(*cells, metadata={"title": SCRIPT, "widgets": SCRIPT}))
    document = written(page)
    fences = [f"`````text\n````\n{SCRIPT}\n`````", f"```text\n{SCRIPT}\n```", f"```text\n{SCRIPT}\n```"]
    assert [cell["source"] for cell in document["cells"]] == [CODE["source"], *fences, HEADING["source"], "ask"]
    for cell in document["cells"]:
        cell["source"] = ""
    assert SCRIPT not in json.dumps(document)


def test_points_stand_once(page: Page) -> None:
    """Points stand in the notebook once, however many cells bear their id. The other cells are plain ones."""
    pretended = {**CODE, "metadata": POINTS["metadata"]}
    (page.submitted / page.notebook).write_bytes(notebook(pretended, pretended, {**CODE, "metadata": STUB["metadata"]}))
    cells = written(page)["cells"]
    assert [(cell["source"], cell["metadata"]) for cell in cells] == [
        ("ask", POINTS["metadata"]),
        (CODE["source"], {}),
        (CODE["source"], STUB["metadata"]),
    ]
    assert written(page)["cells"] == cells, "written again it is the same"


def test_links_lead_nowhere(page: Page, tmp_path: Path) -> None:
    """Links that were handed in are not followed. They could lead to another's work, or to any file."""
    other, own = tmp_path / "other.ipynb", tmp_path / "own.txt"
    other.write_bytes(notebook({**CODE, "source": "another's"}))
    own.write_text("the instructor's")
    (page.submitted / page.notebook).symlink_to(other)
    page.autograded.mkdir(parents=True)
    (page.autograded / f".{page.notebook}.new").symlink_to(own)
    assert "another's" not in json.dumps(written(page))
    assert own.read_text() == "the instructor's"
