"""The code of a notebook: its cells as Python source, without outputs, magics and shell lines."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from grader.intake.limits import KIBIBYTE, MEBIBYTE, IntakeLimits, Refused

_LINE_OF_IPYTHON = re.compile(r"\s*(?:[%!?]|[A-Za-z_][\w.]*\?{1,2}\s*$|[A-Za-z_][\w., ]*=\s*[!%])")
"""`%magic`, `!shell`, `?help`, `help?`, `x = !shell`, `x = %magic`."""
_TRANSPARENT = re.compile(r"%%(time|capture|prun|debug)\b")
"""Cell magics under which the rest of the cell is Python that runs in the notebook's own namespace."""
_TOKEN = re.compile(
    r"#.*|(?P<triple>\"{3}|'{3})|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?|(?P<open>[(\[{])|(?P<close>[)\]}])"
)


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""
    input: str | list[str] = ""
    """What nbformat 3 called `source`."""


class _Worksheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Notebook(msgspec.Struct):
    """The part of nbformat that is read; all else, outputs first, is skipped without being built."""

    cells: list[_Cell] = []
    worksheets: list[_Worksheet] = []


@dataclass
class _Lexer:
    """Knows whether the next line begins a logical line, from the brackets and strings that are open."""

    depth: int = 0
    quotes: str = ""
    """The triple quotes that end the string the line begins in; "" outside of one."""
    continued: bool = False

    @property
    def at_start(self) -> bool:
        return not (self.depth or self.quotes or self.continued)

    def feed(self, line: str) -> None:
        position = 0
        while position < len(line):
            if self.quotes:
                end = re.compile(rf"(?:\\.|(?!{self.quotes})[^\\])*{self.quotes}", re.DOTALL).match(line, position)
                if not end:
                    return
                self.quotes, position = "", end.end()
            found = _TOKEN.search(line, position)
            if not found:
                break
            position = found.end()
            self.quotes = found["triple"] or ""
            self.depth = max(0, self.depth + bool(found["open"]) - bool(found["close"]))
        self.continued = line.endswith("\\")


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among the code cells, from 1, its source lines, and their parsed statements."""

    number: int
    lines: list[str] = field(repr=False)
    body: list[ast.stmt] = field(repr=False)


def _without_ipython(source: str) -> str:
    """`source` with `pass` in place of the lines that IPython alone understands; the number of lines stays."""
    lines = source.split("\n")
    if lines[0].startswith("%%"):
        if not _TRANSPARENT.match(lines[0]):
            return ""
        lines[0] = ""
    lexer = _Lexer()
    dropping = False
    for index, line in enumerate(lines):
        if dropping or (lexer.at_start and _LINE_OF_IPYTHON.match(line)):
            indent = line[: len(line) - len(line.lstrip())]
            lines[index] = "" if dropping else f"{indent}pass"
            dropping = line.endswith("\\")
        else:
            lexer.feed(line)
    return "\n".join(lines)


def _parsed(source: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # not Python, or nested beyond what Python compiles


def _cell(number: int, source: str) -> Cell | None:
    """The cell, or None where it cannot run even without its magics; the others may do without it."""
    # Form feeds and the like would shift the line numbers that `ast` counts.
    source = "\n".join(re.split(r"\r\n|\r|\n", source))
    for text in (source, _without_ipython(source)):
        body = _parsed(text)
        if body is not None:
            return Cell(number, text.split("\n"), body)
    return None


def _sources(notebook: _Notebook) -> Iterator[str]:
    for cell in notebook.cells + [cell for sheet in notebook.worksheets for cell in sheet.cells]:
        if cell.cell_type == "code":
            source = cell.source or cell.input
            yield source if isinstance(source, str) else "".join(source)


def read_cells(data: bytes, limits: IntakeLimits) -> list[Cell]:
    """The code cells of a notebook that are Python, in order.

    Args:
        data: the `.ipynb` file, or its first `limits.notebook_bytes + 1` bytes.
        limits: the bounds; the code alone counts towards `total_bytes`.

    Raises:
        Refused: it is no notebook, or too large.
    """
    if len(data) > limits.notebook_bytes:
        raise Refused("intake/notebook-too-large", limit_mb=limits.notebook_bytes // MEBIBYTE)
    try:
        notebook = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Notebook)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise Refused("intake/notebook-broken") from None
    sources = list(_sources(notebook))
    if sum(map(len, sources)) > limits.total_bytes:
        raise Refused("intake/too-large", limit_kb=limits.total_bytes // KIBIBYTE)
    numbered = (_cell(number, source) for number, source in enumerate(sources, start=1))
    cells = [cell for cell in numbered if cell]
    if sum(len(cell.body) for cell in cells) > limits.statements:
        raise Refused("intake/notebook-too-long", limit=limits.statements)
    return cells
