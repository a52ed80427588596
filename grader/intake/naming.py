"""Strangers' names, made fit for messages and folders.

`shown` is for messages, `safe_name` and `unique_names` are for folders.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

from grader.legible import legible

_MAX_CHARACTERS = 100
_MAX_BYTES = 200
"""Maximum bytes of a name in UTF-8. File systems take 255 bytes, and something may still be appended."""
_MAX_SHOWN = 80
_EMOJI_STYLE = "\N{VARIATION SELECTOR-16}"
_PUNCTUATION = frozenset(" -_.,()'+=@~#")
_UNWELCOME_FIRST = " .-+=@~#,'_"
"""Signs that no name may begin with.

A leading dot hides a folder, a dash makes it an option, and `=+-@` make a formula of a spreadsheet's cell.
"""
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])( *(?:\..*)?)", re.IGNORECASE)
_LIKE_A_REPORT = re.compile(r".*\.(csv|html?|jsonl?|xml|md|txt|log|db|sqlite\d?|lock|tmp|toml)", re.IGNORECASE)
"""Names that a report could have. Such a file lies beside the submissions' folders."""


def shown(text: str, most: int = _MAX_SHOWN) -> str:
    """Return `text` on one line, legible and shortened.

    It has at most `most` characters, and what is white space is a plain one.
    """
    plain = legible(re.sub(r"\s", " ", text[: 4 * most]))
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def shown_list(names: Iterable[str], *, most: int = 6) -> str:
    """List the first `most` names for a message. "…" stands for the rest."""
    listed = list(islice(names, most + 1))  # of a hundred thousand no more are looked at
    return ", ".join(map(shown, listed[:most])) + (", …" if len(listed) > most else "")


def _fit(name: str, suffix: str = "") -> str:
    """Cut `name` so that `suffix` fits behind it."""
    name = name[: _MAX_CHARACTERS - len(suffix)]
    kept = name.encode()[: _MAX_BYTES - len(suffix.encode())].decode(errors="ignore")
    return kept.rstrip(" .") + suffix


def _without_unwelcome(name: str) -> str:
    """Strip signs that no name may begin with. A mark that stood on one of them belongs to nothing, and goes too."""
    start = 0
    while start < len(name) and (name[start] in _UNWELCOME_FIRST or unicodedata.category(name[start])[0] == "M"):
        start += 1
    return name[start:]


def safe_name(raw: str) -> str:
    """Make `raw` a safe name for a folder. The name is safe on any system: readable, NFC, at most 100 characters, never
    empty.

    Letters, marks and digits of every script stay, so do spaces and `- _ . , ( ) ' + = @ ~ #` inside the name.
    Invisible characters are dropped, all others become `_`. The result never starts with a sign that hides a file or
    looks like an option or a formula, never ends with a dot or space, and is no reserved name of Windows.
    """
    letters = []
    for character in legible(raw[: 4 * _MAX_CHARACTERS]):
        kind = unicodedata.category(character)
        if character == _EMOJI_STYLE or kind == "Cf":
            continue  # shapes a sign, which is not kept; or says how letters join
        letters.append(character if kind[0] in "LMN" or character in _PUNCTUATION else "_")
    name = re.sub(r" {2,}", " ", re.sub(r"_{2,}", "_", "".join(letters)))
    # once more: where signs between them are gone, letters may be composed, and marks may have lost theirs
    name = _without_unwelcome(unicodedata.normalize("NFC", name))
    name = _fit(name)
    if reserved := _RESERVED.fullmatch(name):
        name = _fit(f"{reserved[1]}_{reserved[2]}")  # what counts is the part before the first dot
    if _LIKE_A_REPORT.fullmatch(name):
        name = _fit(name, "_")
    return name or "submission"


def _numbered(name: str, taken: set[str], following: dict[tuple[str, int], int]) -> str:
    """Append the first free number to `name`. With it the name differs from those `taken`.

    Args:
        name: safe, and taken.
        taken: in small letters.
        following: by what a name is cut to and the digits behind it, the first number that was not tried yet: without
            it, a thousand people of one name would be counted through for each of them.
    """
    number = 2
    while True:
        kept = _fit(name, f"-{number}").removesuffix(f"-{number}")
        digits = len(str(number))
        number = following.get((kept.casefold(), digits), number)
        if len(str(number)) == digits:  # else the numbers of so many digits are used up
            following[kept.casefold(), digits] = number + 1
            if (numbered := f"{kept}-{number}").casefold() not in taken:
                return numbered
            number += 1


def unique_names(raw: Iterable[str]) -> list[str]:
    """Return different safe names, in the order of `raw`.

    Equal ones (also in case alone) get "-2", "-3", … behind them.
    """
    taken: set[str] = set()
    following: dict[tuple[str, int], int] = {}
    names = []
    for candidate in raw:
        name = safe_name(candidate)
        if name.casefold() in taken:
            name = _numbered(name, taken, following)
        taken.add(name.casefold())
        names.append(name)
    return names
