"""Tables in text files, read and written back faithfully. People and platforms keep them; they stay as they were.

A spreadsheet saves "CSV" with commas, semicolons or tabs, in UTF-8 with or without a byte order mark, in UTF-16 or in
the code page of its country; a grade book reads back only what looks as it did. So a `Sheet` remembers how its file was
written, down to the quotes around each cell, and changed cells are all that changes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.errors import UsageError

_DELIMITERS = "\t;,"  # of two that occur equally often, the one that is rarer in text comes first
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CODE_PAGE = "cp1251"
"""The code page of a Russian Excel. Every byte but one is a letter of it, so it comes last."""


@dataclass(frozen=True)
class _Line:
    """A row as it was read. It has each cell's value and how it stood in the file, and what ended the row."""

    cells: tuple[tuple[str, str], ...]
    end: str


@dataclass(frozen=True)
class Sheet:
    """The cells of a file, and how they were written.

    Args:
        rows: all of them, headings included, as text; they need not be equally long.
        encoding: by Python's name.
        delimiter: between cells.
        quotes_all: whether every cell stands in quotes.
        newline: at the end of a row.
        ends_in_newline: whether the last row has one as well.
        mark: the byte order mark in front.
        lines: the rows as they were read.
    """

    rows: list[list[str]]
    encoding: str = "utf-8"
    delimiter: str = ","
    quotes_all: bool = False
    newline: str = "\r\n"
    ends_in_newline: bool = True
    mark: bytes = b""
    lines: tuple[_Line, ...] = ()

    @property
    def has_decimal_comma(self) -> bool:
        """Whether numbers are written "87,5". Where no number tells, they are where semicolons divide the cells."""
        cells = [cell.strip() for row in self.rows for cell in row]
        with_comma = any(_is_number(cell, ",") for cell in cells)
        with_point = any(_is_number(cell, ".") for cell in cells)
        return self.delimiter == ";" if with_comma == with_point else with_comma

    def number(self, value: float) -> str:
        """Format a number as this sheet does: "87.5" or "87,5"."""
        text = f"{value:.2f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if self.has_decimal_comma else text

    def encode(self) -> bytes:
        """Encode the sheet as its file was. Only changed cells differ from the one that this was read from."""
        known = {value: written for line in self.lines for value, written in line.cells}
        parts = []
        for number, row in enumerate(self.rows):
            line = self.lines[number] if number < len(self.lines) else _Line((), self.newline)
            cells = []
            for place, cell in enumerate(row):
                value, written = line.cells[place] if place < len(line.cells) else (None, "")
                cells.append(written if cell == value else known.get(cell, self._written(cell)))
            parts += [self.delimiter.join(cells), line.end or self.newline]
        if parts and not self.ends_in_newline:
            parts.pop()
        return self.mark + "".join(parts).encode(self.encoding, errors="replace")

    def _written(self, cell: str) -> str:
        """Format a new cell. It is in quotes only where it has to be or all are."""
        needs_quotes = self.quotes_all or any(sign in cell for sign in (self.delimiter, '"', "\r", "\n"))
        return '"' + cell.replace('"', '""') + '"' if needs_quotes else cell


def _is_number(cell: str, point: str) -> bool:
    whole, mark, rest = cell.partition(point)
    return bool(mark) and whole.isdigit() and rest.isdigit()


def _decode(content: bytes) -> tuple[str, str, bytes]:
    """Decode bytes: text, encoding and byte order mark. The mark stood in front of the text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding), encoding, mark
    if content[1:200:2].count(0) > len(content[1:200:2]) // 2:  # Latin headings in UTF-16 without a mark
        return content.decode("utf-16-le"), "utf-16-le", b""
    try:
        return content.decode("utf-8"), "utf-8", b""
    except UnicodeDecodeError:
        return content.decode(_CODE_PAGE), _CODE_PAGE, b""


def _delimiter_of(text: str) -> str:
    """Guess the delimiter from the headings.

    Of three candidates, the one that stands most often in the first row, outside of quotes.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _lines(text: str, delimiter: str, name: str) -> list[_Line]:
    """Parse the rows of RFC 4180. A quote within a cell that does not begin with one is a sign like any other."""
    sign = re.escape(delimiter)
    pattern = re.compile(rf'("[^"]*(?:""[^"]*)*"|(?!")[^{sign}\r\n]*)({sign}|\r\n|\r|\n|\Z)')
    lines: list[_Line] = []
    cells: list[tuple[str, str]] = []
    place = 0
    while place < len(text) or cells:
        found = pattern.match(text, place)
        if found is None:
            where = f"row {len(lines) + 1}, column {len(cells) + 1}"
            raise UsageError(f"{name} is no table: the quotes do not match in {where}; save it as CSV")
        written, end = found.groups()
        cells.append((written[1:-1].replace('""', '"') if written.startswith('"') else written, written))
        place = found.end()
        if end != delimiter:
            lines.append(_Line(() if cells == [("", "")] else tuple(cells), end))
            cells = []
    return lines


def read_sheet(content: bytes, name: str) -> Sheet:
    """Read the table in a file.

    Args:
        content: the bytes of the file.
        name: of the file, for messages.

    Raises:
        UsageError: it is no text, or no table.
    """
    try:
        text, encoding, mark = _decode(content)
    except UnicodeDecodeError:
        raise UsageError(f"{name} is in no encoding that is known here: save it as CSV in UTF-8") from None
    if "\0" in text or content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):  # the last two: Excel's own formats
        raise UsageError(f"{name} is no text: save it as CSV (a spreadsheet offers that under «Save as»)")
    delimiter = _delimiter_of(text)
    lines = _lines(text, delimiter, name)
    written = [cell for line in lines for _, cell in line.cells]
    return Sheet(
        rows=[[value for value, _ in line.cells] for line in lines],
        encoding=encoding,
        delimiter=delimiter,
        quotes_all=bool(written) and all(cell.startswith('"') for cell in written),
        newline="\r\n" if "\r\n" in text else "\n",
        ends_in_newline=text.endswith(("\n", "\r")),
        mark=mark,
        lines=tuple(lines),
    )


def column(headings: Sequence[str], *names: str) -> int | None:
    """Return the column of the first known heading.

    It is one of `names`, whatever the case and the space around; None for none.
    """
    plain = [" ".join(heading.split()).casefold() for heading in headings]
    return next((plain.index(name.casefold()) for name in names if name.casefold() in plain), None)
