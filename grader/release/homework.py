"""The homework as an nbgrader notebook.

It has cells for what the student writes, and a cell with the points of each category.

The stubs are those of the chapter. The points come from the grader: `grader export nbgrader` writes them, or
`nbgrader autograde` asks for them in the hidden regions; see `grader.autograde`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from grader.assignment import Assignment
from grader.autograde import ADJUSTMENT_CELL, CELL
from grader.i18n import translator
from grader.release.stated import category_points, goal

_IMPORTS = "import sys\n\nimport torch\nfrom torch import nn\nfrom tqdm import tqdm"
_SOLUTIONS = ("net", "objective", "training")


def _marks(name: str, **marks: Any) -> dict[str, Any]:
    usual = {"grade": False, "grade_id": name, "locked": False, "schema_version": 3, "solution": False, "task": False}
    return {"nbgrader": {**usual, **marks}}


def _cell(kind: str, source: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    cell = {"cell_type": kind, "metadata": metadata or {}, "source": source}
    return {**cell, "outputs": [], "execution_count": None} if kind == "code" else cell


def _solution_cells(chapter: Mapping[str, Any]) -> list[dict[str, Any]]:
    named = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in chapter["cells"]}
    return [_cell("code", named[name]["source"], named[name]["metadata"]) for name in _SOLUTIONS]


def homework(chapter: bytes, language: str, assignment: Assignment) -> bytes:
    """Write the notebook for `nbgrader generate_assignment`.

    The bytes are the same every time.

    Args:
        chapter: the chapter as a notebook, with its solutions and nbgrader's marks.
        language: of the chapter.
        assignment: has the goal, and what each category is worth.
    """
    translate = translator(language)
    document = json.loads(chapter)
    cells = [
        _cell("markdown", translate("course/introduction", {"goal": goal(assignment, language)})),
        _cell("code", _IMPORTS),
        *_solution_cells(document),
        _cell("markdown", translate("course/points", {})),
    ]
    for category, worth in category_points(assignment).items():
        title = translate("course/points-of", {"category": translate(f"report/category-{category}", {})})
        call = f'from grader.autograde import points; points("{category}", of={worth:g}, lang="{language}")'
        source = f"# {title}\n### BEGIN HIDDEN TESTS\n{call}\n### END HIDDEN TESTS"
        cells.append(_cell("code", source, _marks(CELL + category, grade=True, locked=True, points=worth)))
    adjustment = _marks(ADJUSTMENT_CELL, grade=True, locked=True, points=0)
    cells.append(_cell("code", f"# {translate('course/adjustment', {})}", adjustment))
    for number, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{number}:{cell['source']}".encode()).hexdigest()[:8]
    notebook = {**document, "cells": cells}
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
