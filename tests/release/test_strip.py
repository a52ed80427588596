"""Marks in a source tell what is kept from students.

A stub lacks what is between them, a filled-in copy has the solution, and the release is searched for what must not be
in it.
"""

from __future__ import annotations

import ast

import pytest

from grader.errors import GraderFault
from grader.release.strip import DEFAULT_STUB, regions, reveal, strip

SOURCE = """\
### STUB: SIZE = 16
### BEGIN SOLUTION
SIZE = 256
### END SOLUTION


def double(n):
    # TODO: twice n
    ### BEGIN SOLUTION
    return n + n


def unused():
    return SIZE
    ### END SOLUTION


assert double(1) == 2
### BEGIN HIDDEN TESTS
assert double(-3) == -6
### END HIDDEN TESTS
"""


def test_students_get_stubs_in_place_of_solutions() -> None:
    """Students get stubs in place of solutions.

    A region becomes its `STUB` lines or one line that raises, at its own indent; hidden tests leave nothing.
    """
    stub = strip(SOURCE)
    assert stub.splitlines() == [
        "SIZE = 16",
        "",
        "",
        "def double(n):",
        "    # TODO: twice n",
        f"    {DEFAULT_STUB}",
        "",
        "",
        "assert double(1) == 2",
    ]
    ast.parse(stub)


def test_a_filled_in_copy_has_neither_marks_nor_hidden_tests() -> None:
    """A filled-in copy has the solution, no marks and no hidden tests."""
    filled = reveal(SOURCE)
    assert "SIZE = 256" in filled
    assert "return n + n" in filled
    assert "SIZE = 16" not in filled
    assert not any(word in filled for word in ("###", "STUB", "-6"))


def test_both_kinds_of_regions_are_secret() -> None:
    """Lines of solutions and of hidden tests are both secret."""
    assert [line.strip() for region in regions(SOURCE) for line in region if line] == [
        "SIZE = 256",
        "return n + n",
        "def unused():",
        "return SIZE",
        "assert double(-3) == -6",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN SOLUTION\nx = 1\n",
        "x = 1\n### END SOLUTION\n",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n",
        "### BEGIN SOLUTION\n### END HIDDEN TESTS\n",
        "### BEGIN SOLUTION\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n### END SOLUTION\n",
        "### BEGIN HIDDEN TESTS\nassert x\n",
    ],
)
def test_a_mark_without_its_partner_stops_the_release(source: str) -> None:
    """A mark without its partner stops the release. It would give the solution away."""
    for turn in (strip, reveal, regions):
        with pytest.raises(GraderFault, match="without"):
            turn(source)
