"""Tables that people and platforms keep in text files, read and written back as they were.

A spreadsheet saves "CSV" with commas, semicolons or tabs, in UTF-8 with or without a byte order mark, in UTF-16 or in
the code page of its country; a grade book reads back only what looks as it did. So a `Sheet` remembers how its file was
written, and changed cells are all that changes.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from grader.errors import UsageError

_DELIMITERS = "\t;,"  # where two stand as often, the one that text holds less often
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CODE_PAGE = "cp1251"
"""What a Russian Excel saves; every byte but one is a letter of it, so it comes last."""


@dataclass(frozen=True)
class Sheet:
    """The cells of a file, and how they were written there.

    Args:
        rows: all of them, headings included, as text; they need not be equally long.
        encoding: by Python's name, byte order mark included.
        delimiter: between cells.
        quotes_all: whether every cell stands in quotes.
        newline: at the end of a row.
    """

    rows: list[list[str]]
    encoding: str = "utf-8"
    delimiter: str = ","
    quotes_all: bool = False
    newline: str = "\r\n"
    ends_in_newline: bool = field(default=True)

    @property
    def has_decimal_comma(self) -> bool:
        """Whether numbers are written "87,5": where semicolons divide the cells, or tabs and some cell says so."""
        if self.delimiter == ";":
            return True
        cells = [cell.strip() for row in self.rows for cell in row]
        return any(_is_number(cell, ",") for cell in cells) and not any(_is_number(cell, ".") for cell in cells)

    def number(self, value: float) -> str:
        """A number of points as this sheet writes them: "87.5" or "87,5"."""
        text = f"{value:.2f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if self.has_decimal_comma else text

    def encode(self) -> bytes:
        """The bytes of a file that is written as the one this was read from."""
        text = io.StringIO(newline="")
        quoting: Literal[0, 1] = csv.QUOTE_ALL if self.quotes_all else csv.QUOTE_MINIMAL
        csv.writer(text, delimiter=self.delimiter, quoting=quoting, lineterminator=self.newline).writerows(self.rows)
        written = text.getvalue()
        if not self.ends_in_newline:
            written = written.removesuffix(self.newline)
        return written.encode(self.encoding, errors="replace")


def _is_number(cell: str, point: str) -> bool:
    whole, mark, rest = cell.partition(point)
    return bool(mark) and whole.isdigit() and rest.isdigit()


def _decode(content: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode(_CODE_PAGE), _CODE_PAGE


def _delimiter_of(text: str) -> str:
    """What divides the headings: the one of the three that stands most often in the first row, outside of quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def read_sheet(content: bytes, name: str) -> Sheet:
    """The table in a file.

    Args:
        content: the bytes of the file.
        name: of the file, for messages.

    Raises:
        UsageError: it is no text, or no table.
    """
    try:
        text, encoding = _decode(content)
        if "\0" in text:
            raise UsageError(f"{name} is no text: save it as CSV (a spreadsheet offers that under «Save as»)")
        delimiter = _delimiter_of(text)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except UnicodeDecodeError:
        raise UsageError(f"{name} is in no encoding that is known here: save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise UsageError(f"{name} is no table: {error}; save it as CSV") from None
    cells = sum(map(len, rows))
    quotes_all = cells > 0 and text.count('"') >= 2 * cells
    newline = "\r\n" if "\r\n" in text else "\n"
    return Sheet(rows, encoding, delimiter, quotes_all, newline, text.endswith("\n"))


def column(headings: Sequence[str], *names: str) -> int | None:
    """The place of the first of `names` among the headings, whatever their case and the space around; None for none."""
    plain = [" ".join(heading.split()).casefold() for heading in headings]
    return next((plain.index(name.casefold()) for name in names if name.casefold() in plain), None)
