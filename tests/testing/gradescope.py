"""Read `results.json` strictly, as Gradescope's specification says.

The specification is at gradescope-autograders.readthedocs.io/en/latest/specs. A field that it does not name, a value of
another type and a document that would give nobody a score are errors here.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Format = Literal["text", "html", "simple_format", "md", "ansi"]
Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """An element of `tests`."""

    score: float | None = None
    max_score: float | None = None
    status: Literal["passed", "failed"] | None = None
    name: str = ""
    name_format: Format = "text"
    number: str = ""
    output: str = ""
    output_format: Format = "text"
    tags: list[str] = []
    visibility: Visibility = "visible"
    extra_data: dict[str, Any] = {}


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """An element of `leaderboard`."""

    name: str
    value: float | str
    order: Literal["asc", "desc"] | None = None


class Document(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    score: float | None = None
    execution_time: float | str | None = None
    """The seconds of the run. The platform's own library writes a string."""
    output: str = ""
    output_format: Format = "simple_format"
    test_output_format: Format = "text"
    test_name_format: Format = "text"
    visibility: Visibility = "visible"
    stdout_visibility: Visibility = "hidden"
    extra_data: dict[str, Any] = {}
    tests: list[Row] = []
    leaderboard: list[Place] = []

    @property
    def has_score(self) -> bool:
        """Whether the platform finds a score. Otherwise the autograder counts as failed."""
        return self.score is not None or (bool(self.tests) and all(row.score is not None for row in self.tests))

    def of(self, category: str) -> list[Row]:
        """Return the rows of a category, as `extra_data` tells it."""
        return [row for row in self.tests if row.extra_data["id"].startswith(f"{category}/")]


def read(content: bytes) -> Document:
    """Read a document as the platform does.

    Raises:
        msgspec.ValidationError: the platform would refuse it.
    """
    return msgspec.json.decode(content, type=Document)
