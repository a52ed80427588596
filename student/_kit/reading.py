"""Findings in a submission's source, without running it. They are where its lines come from, and where names stand.

It makes messages better and decides no point: what is missing is seen by importing, and this says where to look.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A line of a file or notebook.

    Of a notebook, where `cell` is not 0, it is in its code cell of that number, counted from 1.
    """

    file: str
    line: int
    cell: int = 0


@dataclass(frozen=True)
class NearMiss:
    """Something that was probably meant as a contract's name. It is not that name where the name is looked for.

    `kind` says what keeps it from being it: the name stands under `if __name__ == "__main__":` ("main"), inside the
    function or class `scope` ("function", "class"), in a loop of a notebook ("loop") or in another module ("elsewhere",
    then `scope` is where it belongs); or something is called `found` instead ("like", "network", or "letters" where it
    only looks the same), or is a value where a function that returns it is wanted ("value"). Where `name` is that of a
    module, a file is called `found` ("file").
    """

    name: str
    kind: str
    found: str
    place: Place
    scope: str = ""


@dataclass(frozen=True)
class UnreadableCell:
    """A code cell that is no Python. `names` are those of the contract that it seems to define."""

    place: Place
    error: str
    code: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """The source of a module's lines in a notebook.

    Lines of `file` from `line` on are the lines of a code cell from `cell_line` on.
    """

    file: str
    line: int
    cell: int
    cell_line: int


@dataclass(frozen=True)
class Reading:
    """Findings in one submission's source. `origins` are sorted by file and line, and empty but for a notebook."""

    is_notebook: bool = False
    origins: tuple[Origin, ...] = ()
    unreadable: tuple[UnreadableCell, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()

    def place_of(self, file: str, line: int) -> Place:
        """Return where the author wrote a line of `file`."""
        number = bisect_right(self.origins, (file, line), key=lambda origin: (origin.file, origin.line))
        if number and (origin := self.origins[number - 1]).file == file:
            return Place(file, origin.cell_line + line - origin.line, origin.cell)
        return Place(file, line)
