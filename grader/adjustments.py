"""`adjustments.csv`: an instructor's changes to grades.

It lies in an output folder, and no regrade or rejudge loses it.

One line each, with the columns `submission`, `test`, `points`, `comment` and `by`, in any order:

    submission,test,points,comment,by
    alice,structure/layers,2,the layer is there under another name,Dr. Ivanova
    bob,total,+5,a beautiful plot,Dr. Ivanova
    carol,total,excused,was in hospital,the dean's office
    dave,lateness,excused,the platform was down,Dr. Ivanova

`points` are a number that counts instead of the points earned, one with a sign that is added to them, or `excused`:
then a test earns all its points, the total is no grade at all, and lateness takes nothing off. Without points a line is
a comment. A spreadsheet may save it in its own way, see `sheet`; headings may be Russian.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import UsageError
from grader.legible import legible
from grader.model import Adjustment
from grader.nearest import did_you_mean
from grader.sheet import column, read_sheet

FILE = "adjustments.csv"
LATENESS = "lateness"
"""The test id for the lateness of a submission. It stands in place of a test."""
_TOTAL = ("", "total", "итог", "всего")
_LATENESS = (LATENESS, "опоздание")
_EXCUSED = ("excused", "ex", "освобождён", "освобожден", "освобождена")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "submission": ("submission", "работа"),
    "test": ("test", "тест"),
    "points": ("points", "баллы"),
    "comment": ("comment", "комментарий"),
    "by": ("by", "кто"),
}
_NUMBER = re.compile(r"(?P<sign>[+−-]?)\s*(?P<number>\d{1,4}(?:[.,]\d{1,4})?)")


@dataclass(frozen=True)
class Adjustments:
    """The adjustments of each submission. Those of one submission are in the order of the lines.

    Args:
        by_submission: the adjustments by the name of their submission.
        lines: the number of the line on which a submission is named first.
    """

    by_submission: Mapping[str, tuple[Adjustment, ...]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def unknown_submissions(self, names: Collection[str]) -> list[str]:
        """Report adjustments of unknown submissions. There is a line on each submission that is none of `names`."""
        return [
            f"{FILE}:{self.lines[name]}: there is no submission `{legible(name)}`{did_you_mean(name, sorted(names))}"
            for name in self.by_submission
            if name not in names
        ]


def _points(text: str, where: str) -> tuple[float | None, bool, bool]:
    """Parse a cell of points. Return the number, whether it is to be added, and whether the cell excuses instead."""
    text = text.strip()
    if not text:
        return None, False, False
    if text.casefold() in _EXCUSED:
        return None, False, True
    found = _NUMBER.fullmatch(text)
    if found is None or not math.isfinite(number := float(found["number"].replace(",", "."))):
        raise UsageError(f"{where}: points are a number, +5, -5 or `excused`, not `{legible(text)}`")
    return (-number if found["sign"] in "−-" and found["sign"] else number), bool(found["sign"]), False


def _adjustment(cells: Mapping[str, str], where: str, tests: Collection[str]) -> Adjustment:
    test = cells["test"].strip()
    if test.casefold() in _TOTAL:
        test = ""
    elif test.casefold() in _LATENESS:
        test = LATENESS
    elif test not in tests:
        raise UsageError(f"{where}: there is no test `{legible(test)}`{did_you_mean(test, (*sorted(tests), 'total'))}")
    points, relative, excused = _points(cells["points"], where)
    if test == LATENESS and points is not None:
        raise UsageError(f"{where}: lateness can only be `excused`; add points to the total instead")
    comment = " ".join(cells["comment"].split())
    if points is None and not excused and not comment:
        raise UsageError(f"{where}: this says nothing: give points, `excused` or a comment")
    return Adjustment(test, points, relative, excused, comment, " ".join(cells["by"].split()))


def _columns(headings: Sequence[str]) -> dict[str, int | None]:
    places = {name: column(headings, *names) for name, names in _COLUMNS.items()}
    for needed in ("submission", "points"):
        if places[needed] is None:
            raise UsageError(
                f"{FILE}:1: the column `{needed}` is missing; the first line names the columns: {','.join(_COLUMNS)}"
            )
    return places


def parse_adjustments(content: bytes, tests: Collection[str]) -> Adjustments:
    """Parse the adjustments in the bytes of a file.

    Args:
        content: of `adjustments.csv`.
        tests: the ids of all hidden tests.

    Raises:
        UsageError: a column, a test or points that make no sense, with the line.
    """
    rows = read_sheet(content, FILE).rows
    if not rows:
        return Adjustments()
    places = _columns(rows[0])
    found: dict[str, list[Adjustment]] = {}
    lines: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        cells = {name: row[at] if at is not None and at < len(row) else "" for name, at in places.items()}
        submission = cells["submission"].strip()
        if not any(map(str.strip, row)):
            continue
        if not submission:
            raise UsageError(f"{FILE}:{number}: the column `submission` is empty: name a submission")
        lines.setdefault(submission, number)
        found.setdefault(submission, []).append(_adjustment(cells, f"{FILE}:{number}", tests))
    return Adjustments({name: tuple(those) for name, those in found.items()}, lines)


def read_adjustments(out: Path, tests: Collection[str]) -> Adjustments:
    """Read the adjustments of an output folder. There are none where it has no such file.

    Raises:
        UsageError: it cannot be read; see `parse_adjustments`.
    """
    try:
        content = (out / FILE).read_bytes()
    except FileNotFoundError:
        return Adjustments()
    except OSError as error:
        raise UsageError(f"{out / FILE}: {error.strerror}") from None
    return parse_adjustments(content, tests)
