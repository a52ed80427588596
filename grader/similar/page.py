"""`similar.html`: pairs side by side, for the instructor. One file without scripts; strangers' text is escaped.

The template and its style are those of all pages (`grader/report/pages`), with their policy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from grader.legible import legible
from grader.report.escape import Translate, one_line
from grader.report.pages.class_table import Link, link_to_page
from grader.report.pages.environment import LANGUAGE_NAMES, language_of, render
from grader.similar.fingerprints import Place
from grader.similar.pairs import SHARE, Pair

MOST_PAIRS = 100
"""Maximum number of pairs on a page. The lines on stdout name all."""
MOST_LINES = 1000
"""Maximum number of lines of one submission in a pair. How many more there are is said."""
_LINE_CHARACTERS = 200


@dataclass(frozen=True)
class Block:
    """Consecutive lines, all shared or none.

    Args:
        first: the number of its first line, counted from 1.
        lines: legible, each on one line and of limited length.
        shared: whether they stand in the other submission too.
    """

    first: int
    lines: tuple[str, ...]
    shared: bool

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.first + len(self.lines) - 1


@dataclass(frozen=True)
class Side:
    """One submission of a pair.

    Args:
        link: its name, and the student's page.
        percent: of what is its own, how much the other has too.
        files: their paths and lines, of those that share something.
        left_out: the number of lines beyond `MOST_LINES`.
    """

    link: Link
    percent: str
    files: tuple[tuple[str, tuple[Block, ...]], ...]
    left_out: int


def percent(share: float) -> str:
    """Format a share in whole per cent, rounded down. So 100 is nothing but everything."""
    return f"{math.floor(100 * share + 1e-9)}"


def _shown(line: str) -> str:
    text = line.rstrip("\r").expandtabs(4)
    cut = text if len(text) <= _LINE_CHARACTERS else text[: _LINE_CHARACTERS - 1] + "…"
    return legible(cut)


def _blocks(path: str, lines: Sequence[str], places: Sequence[Place]) -> tuple[Block, ...]:
    """Divide a file into blocks. `lines` are those of it that are shown."""
    marked = {line for place in places if place.file == path for line in range(place.first, place.last + 1)}
    numbered = groupby(enumerate(lines, start=1), key=lambda each: each[0] in marked)
    found = []
    for shared, group in numbered:
        numbers, texts = zip(*group, strict=True)
        found.append(Block(numbers[0], tuple(map(_shown, texts)), shared))
    return tuple(found)


def _side(name: str, share: float, programs: Mapping[str, str], places: Sequence[Place], translate: Translate) -> Side:
    """Return one side of a pair. It has the files that share something, as far as there is room."""
    files, left_out, room = [], 0, MOST_LINES
    for path in sorted({place.file for place in places}):
        lines = programs[path].removesuffix("\n").split("\n")
        if room:
            files.append((one_line(path), _blocks(path, lines[:room], places)))
        left_out += max(0, len(lines) - room)
        room = max(0, room - len(lines))
    return Side(link_to_page(name, translate), percent(share), tuple(files), left_out)


def pair_line(pair: Pair, translate: Translate) -> str:
    """Return a pair in one line of plain text."""
    (first, second), (of_first, of_second) = map(one_line, pair.names), map(percent, pair.shares)
    return translate("similar/pair", {"first": first, "second": second, "of_first": of_first, "of_second": of_second})


def page(
    pairs: Sequence[Pair],
    programs: Mapping[str, Mapping[str, str]],
    translate: Translate,
    *,
    share: float = SHARE,
) -> bytes:
    """Return the whole page, UTF-8.

    Args:
        pairs: those that share most first.
        programs: the text of the files of each submission.
        translate: makes the words, in one language.
        share: from which on a pair was listed, from 0 to 1.
    """

    def sides(pair: Pair) -> list[Side]:
        of_both = zip(pair.names, pair.shares, pair.places, strict=True)
        return [_side(name, part, programs[name], places, translate) for name, part, places in of_both]

    text = render(
        "similar.html.j2",
        translate,
        styles=("similar.css",),
        languages=[(code, name) for code, name in LANGUAGE_NAMES.items() if code != language_of(translate)],
        compared=len(programs),
        least=100 * share,
        count=len(pairs),
        pairs=[(percent(pair.share), sides(pair)) for pair in pairs[:MOST_PAIRS]],
    )
    return text.encode(errors="replace")
