"""Tests that verdicts on notebooks speak of cells."""

from __future__ import annotations

from grader.judge.cells import in_cells
from grader.model import Said, Verdict
from grader.reading import Origin, Place, Reading, UnreadableCell

NOTEBOOK = Reading(is_notebook=True, origins=(Origin("net.py", 1, 2, 2), Origin("notebook_cells.py", 5, 7, 3)))


def where(place: str, reading: Reading = NOTEBOOK) -> object:
    """The place of a frame as it is told."""
    return in_cells(Verdict("a/b", "failed", data={"where": place, "code": place}), reading).data["where"]


def test_a_line_of_a_module_is_a_line_of_a_cell() -> None:
    """A line of a module becomes a line of a cell. A required file as a whole becomes the notebook."""
    assert where("notebook_cells.py:9") == Said("place/cell", {"cell": 7, "line": 7})
    assert where("net.py:1") == Said("place/cell", {"cell": 2, "line": 2})
    assert where("objective.py") == Said("place/notebook")


def test_what_has_no_origin_stays() -> None:
    """A place without a known cell stays as it is.

    These are lines before the first cell, other files, and all of a package.
    """
    assert where("notebook_cells.py:4") == "notebook_cells.py:4"
    assert where("other.py:9") == "other.py:9"
    assert where("") == ""
    assert where("net.py:1", Reading()) == "net.py:1"


def test_messages_in_messages_are_told_so_too() -> None:
    """Messages within messages speak of cells, too. They may be nested to any depth, and only places are changed."""
    cell = Said("place/cell", {"cell": 2, "line": 2})
    inner, told = Said("x", {"where": "net.py:1", "code": "net.py:1"}), Said("x", {"where": cell, "code": "net.py:1"})
    verdict = Verdict("a/b", "failed", data={"faults": (inner, Said("y", {"parts": (inner,)})), "n": 2})
    assert in_cells(verdict, NOTEBOOK).data == {"faults": (told, Said("y", {"parts": (told,)})), "n": 2}


def test_an_unreadable_cell_is_told_before_what_it_was_to_define() -> None:
    """An unreadable cell explains a name that is not defined. Other errors keep their message."""
    cell = UnreadableCell(Place("", 1, 4), "SyntaxError: no", "def (")
    reading = Reading(is_notebook=True, unreadable=(cell,))
    for error, hint in (("NameError: x", "outcome/cell-unreadable"), ("TypeError: x", "outcome/error")):
        told = in_cells(Verdict("a/b", "error", hint="outcome/error", data={"exception": error}), reading)
        assert told.hint == hint
    assert told.data == {"exception": "TypeError: x"}
