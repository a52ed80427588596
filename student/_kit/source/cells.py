"""A notebook's code cells as parsed Python. Magics and shell lines are left out."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

_LINE_OF_IPYTHON = re.compile(r"\s*(?:[%!?]|[A-Za-z_][\w.]*\?{1,2}\s*$|[A-Za-z_][\w., ]*=\s*[!%])")
"""Matches `%magic`, `!shell`, `?help`, `help?`, `x = !shell`, `x = %magic`."""
_AUTOMAGIC = re.compile(
    r"\s*(?:pip3?|conda|mamba|uv|cd|ls|ll|pwd|mkdir|rmdir|rm|cp|mv|cat|load_ext|autoreload|matplotlib|who|whos)"
    r"(?:\s*$|\s+[^\s=.,:(\[+*/%&|<>-]|\s+-{1,2}\w|\s+/|\s+\.{1,2}(?:/|\s*$))"
)
"""Matches magics without `%`, such as `pip install x`. IPython takes them so, as such lines are no Python."""
_TRANSPARENT = re.compile(r"%%(time|capture|prun|debug)\b")
"""Cell magics above ordinary Python. The rest of the cell runs in the notebook's own namespace."""
_WRITEFILE = re.compile(r"%%(?:writefile|file)\s+(?P<append>-a\s+|--append\s+)?(?P<path>\S.*)")
_MAX_CODE = 200
_TOKEN = re.compile(
    r"#.*|(?P<triple>\"{3}|'{3})|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?|(?P<open>[(\[{])|(?P<close>[)\]}])"
)


@dataclass
class _Lexer:
    """Tracks open brackets and strings. They tell whether the next line begins a logical line."""

    depth: int = 0
    quotes: str = ""
    """The triple quotes of an open string. They end the string that the line begins in; "" outside of one."""
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
    """A parsed code cell. It has its number among the code cells, from 1, its source lines, and their statements."""

    number: int
    lines: list[str] = field(repr=False)
    body: list[ast.stmt] = field(repr=False)


@dataclass(frozen=True)
class WrittenModule:
    """A code cell that writes a module with `%%writefile`. The file's text stands below, from line 2 of the cell on."""

    number: int
    path: str
    text: str
    appends: bool


@dataclass(frozen=True)
class Unreadable:
    """A code cell that is no Python.

    That holds also without its magics; `line` is where Python gives up, and `error` says why.
    """

    number: int
    line: int
    error: str
    code: str
    source: str = field(repr=False)


def _is_ipython(line: str) -> bool:
    return bool(_LINE_OF_IPYTHON.match(line) or _AUTOMAGIC.match(line))


def _without_ipython(source: str) -> str:
    """Replace lines for IPython alone by `pass`. The number of lines stays."""
    lines = source.split("\n")
    if lines[0].startswith("%%"):
        if not _TRANSPARENT.match(lines[0]):
            return ""
        lines[0] = ""
    lexer = _Lexer()
    dropping = False
    for index, line in enumerate(lines):
        if dropping or (lexer.at_start and _is_ipython(line)):
            indent = line[: len(line) - len(line.lstrip())]
            lines[index] = "" if dropping else f"{indent}pass"
            dropping = line.endswith("\\")
        else:
            lexer.feed(line)
    return "\n".join(lines)


def unreadable(number: int, text: str, error: Exception) -> Unreadable:
    """Describe a cell that Python refuses with `error`."""
    lines = text.split("\n")
    line = min(max(1, getattr(error, "lineno", None) or 1), len(lines))
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    kind = type(error).__name__
    code = lines[line - 1].strip()[:_MAX_CODE].encode(errors="replace").decode()  # half of an emoji cannot be told
    return Unreadable(number, line, f"{kind}: {said}" if said else kind, code, text)


def _written(number: int, source: str) -> WrittenModule | None:
    first, _, text = source.partition("\n")
    found = _WRITEFILE.match(first.rstrip())
    if not found or not found["path"].strip("'\"").endswith(".py"):
        return None
    return WrittenModule(number, found["path"].strip("'\""), text, bool(found["append"]))


def cell_of(number: int, source: str) -> Cell | WrittenModule | Unreadable:
    """Parse a code cell. One that cannot run even without its magics is unreadable, and stops no other."""
    # Form feeds and the like would shift the line numbers that `ast` counts; a mark of byte order is no Python.
    source = "\n".join(re.split(r"\r\n|\r|\n", source.removeprefix("\ufeff")))
    if written := _written(number, source):
        return written
    try:
        return Cell(number, source.split("\n"), ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        text = _without_ipython(source)
    try:
        return Cell(number, text.split("\n"), ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # or nested beyond what Python compiles
        return unreadable(number, text, error)
