"""Natural sort order of names: s1, s2, s10. Submissions are shown and written in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from grader.model import Result

_NUMBER = re.compile(r"(\d+)")


def _letters(text: str) -> str:
    """Fold letters for sorting. Capitals come beside small ones, é beside e, ё beside е, but й is its own."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return "".join(
        letter if unicodedata.name(letter, "").startswith("CYRILLIC") else unicodedata.normalize("NFD", letter)[0]
        for letter in folded
    )


def _number(digits: str) -> tuple[int, str]:
    """Return a sort key for a number. It may have any length and the digits of any script."""
    plain = "".join(str(unicodedata.decimal(digit)) for digit in digits).lstrip("0")
    return len(plain), plain


def natural(name: str) -> tuple[tuple[str | tuple[int, str], ...], str]:
    """Return the natural sort key of `name`.

    Numbers sort by value, the rest by letters; what then is equal, as it stands.
    """
    parts = _NUMBER.split(_letters(name))  # letters and numbers alternate, so that like is compared with like
    return tuple(_number(part) if i % 2 else part for i, part in enumerate(parts)), name


def in_order(results: Iterable[Result]) -> list[Result]:
    """Sort results by name."""
    return sorted(results, key=lambda result: natural(result.submission))
