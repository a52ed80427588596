"""The order in which submissions are shown and written, as people sort names: s1, s2, s10."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from grader.model import Result

_NUMBER = re.compile(r"(\d+)")


def _letters(text: str) -> str:
    """Letters as a register sorts them: capitals beside small ones, é beside e, ё beside е, but й is its own."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return "".join(
        letter if unicodedata.name(letter, "").startswith("CYRILLIC") else unicodedata.normalize("NFD", letter)[0]
        for letter in folded
    )


def _number(digits: str) -> tuple[int, str]:
    """A number of any length and in the digits of any script, as a value that grows with it."""
    plain = "".join(str(unicodedata.decimal(digit)) for digit in digits).lstrip("0")
    return len(plain), plain


def natural(name: str) -> tuple[tuple[str | tuple[int, str], ...], str]:
    """What to sort `name` by: numbers by value, the rest by letters; what then is equal, as it stands."""
    parts = _NUMBER.split(_letters(name))  # letters and numbers in turns, so that like is compared with like
    return tuple(_number(part) if i % 2 else part for i, part in enumerate(parts)), name


def in_order(results: Iterable[Result]) -> list[Result]:
    """Results in the order of their names."""
    return sorted(results, key=lambda result: natural(result.submission))
