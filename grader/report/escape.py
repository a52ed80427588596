"""Escaping of strangers' text, for each place it appears.

Names, exception texts and printed lines come from submissions. They must not move the cursor, reorder the line, close a
fence, make a link, mention a person or become a formula. Every function here is total: any string goes in, a harmless
one comes out. In Markdown one rule covers all of it: a stranger's text stands in a code span or a fence, nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from grader.legible import legible
from grader.model import Said

Translate = Callable[[str, Mapping[str, object]], str]
"""Message id and data -> text in one language."""

MAX_LINE_CHARACTERS = 400
_TERMINAL_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, hyperlinks
    r"|\x1b[ -/]*[0-~]"
)
_BACKTICKS = re.compile("`+")
_FORMULA_STARTS = (
    *"=+-@",
    *"\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH COMMERCIAL AT}\N{FULLWIDTH HYPHEN-MINUS}",
)
_MARK = re.compile("\ue000([0-9]+)\ue001")


def lines_of(text: str) -> list[str]:
    """Split `text` into legible lines, as a terminal would. Control sequences are dropped, and each line is `legible`.

    Of a line that was written over and over (a progress bar), the last state counts.
    """
    plain = _TERMINAL_SEQUENCE.sub("", text)
    last_states = (line.rstrip("\r").rpartition("\r")[2] for line in plain.split("\n"))
    return [legible(line.expandtabs(4)) for line in last_states]


def first_few(names: Sequence[str], most: int, separator: str = ", ") -> str:
    """List the first `most` names. "…" stands for the rest."""
    return separator.join([*names[:most], *["…"] * (len(names) > most)])


def one_line(text: str, limit: int = MAX_LINE_CHARACTERS) -> str:
    """Put `text` on one line of limited length.

    It has at most `limit` characters, with runs of white space collapsed.
    """
    joined = " ".join(" ".join(lines_of(text[: 4 * limit])).split())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def code_span(text: str) -> str:
    """Format `text` as a Markdown code span. A backtick in it becomes an apostrophe."""
    return f"`{_inside_code(text)}`"


def _inside_code(text: str) -> str:
    return one_line(text).replace("`", "'") or " "  # two backticks with nothing between them open a longer span


def fence(lines: list[str]) -> str:
    """Wrap lines in an unbreakable Markdown fence. The lines come from `lines_of`; none of them can close the fence."""
    longest = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    bar = "`" * max(3, longest + 1)
    return "\n".join([f"{bar}text", *lines, bar])


def csv_cell(text: str) -> str:
    """Return `text` for a spreadsheet, never a formula. It is on one line.

    Excel takes some leading characters for a formula (`one_line` has removed tabs and the like); where the semicolon
    is its separator, what follows one begins a cell of its own, so none is left.
    """
    cell = one_line(text)
    return ("'" if cell.startswith(_FORMULA_STARTS) else "") + cell.replace(";", ",")


def _worded(translate: Translate, hint: str, data: Mapping[str, object], plain: Callable[[str], str]) -> str:
    """Translate the message `hint`, with its data made `plain`. Messages within it are translated too."""

    def filling(value: object) -> object:
        if isinstance(value, Said):
            return _worded(translate, value.hint, value.data, plain)
        if isinstance(value, tuple):
            parts = [str(filling(part)) for part in value]
            return "".join([*(part + (" " if part.endswith(".") else "; ") for part in parts[:-1]), *parts[-1:]])
        return plain(value) if isinstance(value, str) else value

    return translate(hint, {name: filling(value) for name, value in data.items()})


def message(translate: Translate, hint: str, data: Mapping[str, object]) -> str:
    """Translate `hint` into one line of plain text. It is for terminals and JSON."""
    return " ".join(_worded(translate, hint, data, one_line).split())


def markdown_message(translate: Translate, hint: str, data: Mapping[str, object]) -> str:
    """Translate `hint` into one line of Markdown. Markup of the catalogue works in it, and that of `data` does not."""
    strings: list[str] = []

    def marked(text: str) -> str:
        strings.append(text)
        return f"\ue000{len(strings) - 1}\ue001"

    text = " ".join(_worded(translate, hint, data, marked).split())

    def fill(found: re.Match[str]) -> str:
        value = strings[int(found[1])]
        in_code = text.count("`", 0, found.start()) % 2 == 1
        return _inside_code(value) if in_code else code_span(value)

    return _MARK.sub(fill, text)
