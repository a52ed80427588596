"""A notebook's code cells as parsed Python, without magics and shell lines."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

_LINE_OF_IPYTHON = re.compile(r"\s*(?:[%!?]|[A-Za-z_][\w.]*\?{1,2}\s*$|[A-Za-z_][\w., ]*=\s*[!%])")
"""`%magic`, `!shell`, `?help`, `help?`, `x = !shell`, `x = %magic`."""
_TRANSPARENT = re.compile(r"%%(time|capture|prun|debug)\b")
"""Cell magics under which the rest of the cell is Python that runs in the notebook's own namespace."""
_TOKEN = re.compile(
    r"#.*|(?P<triple>\"{3}|'{3})|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?|(?P<open>[(\[{])|(?P<close>[)\]}])"
)


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


def cell_of(number: int, source: str) -> Cell | None:
    """The cell, or None where it cannot run even without its magics; the others may do without it."""
    # Form feeds and the like would shift the line numbers that `ast` counts; a mark of byte order is no Python.
    source = "\n".join(re.split(r"\r\n|\r|\n", source.removeprefix("\ufeff")))
    for text in (source, _without_ipython(source)):
        body = _parsed(text)
        if body is not None:
            return Cell(number, text.split("\n"), body)
    return None
