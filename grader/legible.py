"""Making strangers' text legible. What cannot be seen goes, and no letter carries a pile of marks.

Names, exceptions and printed lines may hold characters that leave no trace on the screen (fillers, tags, selectors of
variants, marks of direction), so that two texts look alike or one holds another, and marks in such number that they
cover the lines above and below. What is invisible is told by Unicode's property Default_Ignorable_Code_Point and its
categories, so that the next such character needs no line here. What a script needs stays: joiners where they join, the
selector that makes an emoji of a sign, as many marks as a Hebrew or a Burmese syllable has.
"""

from __future__ import annotations

import re
import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters with the property Default_Ignorable_Code_Point. `unicodedata` does not know it."""
_BLANK = frozenset("\u2800\U00013441\U00013442\U00016fe4\U0001d159")
"""Other characters without any ink.

They are neither spaces nor ignorable: an empty braille cell, a note without a head.
"""
_NOT_TEXT = frozenset(("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
_NON_JOINER, _JOINER, _EMOJI_STYLE, _KEYCAP = "\u200c", "\u200d", "\ufe0f", "\u20e3"
_KEYS = "0123456789#*"
_VIRAMA = 9
"""Canonical combining class of a virama.

That sign takes a vowel away, and a joiner behind it chooses how the letters join.
"""
_MOST_MARKS = 5
"""Maximum marks on one letter.

Marks are counted after composing: Burmese has five, Hebrew with cantillation too.
"""
_MOST_DIACRITICS = 3
"""Maximum marks of no script in particular. They count among the former, and are the marks that get piled up."""
_MOST_BEFORE_COMPOSING = 30
"""Maximum run of marks before composing.

It is as in Unicode's Stream-Safe Text Format: composing a longer run takes time that grows with its square.
"""


def _is_emoji(character: str) -> bool:
    """Whether `character` may be part of an emoji. It is a sign, or the colour of a skin."""
    return unicodedata.category(character) in ("So", "Sk")


def _is_arabic(character: str) -> bool:
    return unicodedata.bidirectional(character) == "AL"


def _belongs(character: str, before: str, after: str) -> bool:
    """Whether an invisible `character` shapes its neighbours.

    It changes how they look, as its script or an emoji wants it.
    """
    if character == _EMOJI_STYLE:
        return bool(before) and (_is_emoji(before) or (before in _KEYS and after == _KEYCAP))
    if not before or not after:
        return False
    after_virama = unicodedata.combining(before) == _VIRAMA and unicodedata.category(after)[0] == "L"
    if character == _JOINER:
        return after_virama or ((_is_emoji(before) or before == _EMOJI_STYLE) and _is_emoji(after))
    return character == _NON_JOINER and (after_virama or (_is_arabic(before) and _is_arabic(after)))


def _visible(text: str) -> list[str]:
    """Return the visible characters of `text`.

    Those that shape visible ones stay too, and there are signs for what is no text.
    """
    kept: list[str] = []
    for position, character in enumerate(text):
        category = unicodedata.category(character)
        if category == "Cf" or _IGNORABLE.match(character):
            if _belongs(character, kept[-1] if kept else "", text[position + 1 : position + 2]):
                kept.append(character)
        elif category in _NOT_TEXT:
            kept.append(_REPLACEMENT)
        else:
            kept.append(" " if category == "Zs" or character in _BLANK else character)
    return kept


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" and character != _EMOJI_STYLE


def _without_runs(characters: list[str]) -> str:
    """Cut runs of marks. They get a length that can be composed in no time."""
    kept: list[str] = []
    run = 0
    for character in characters:
        run = run + 1 if _is_mark(character) else 0
        if run <= _MOST_BEFORE_COMPOSING:
            kept.append(character)
    return "".join(kept)


def _without_piles(text: str) -> str:
    """Limit the marks on each letter of `text`.

    There are as many as scripts need, and none where there is no letter to carry it.
    """
    kept: list[str] = []
    marks = diacritics = 0
    for character in text:
        if character in (_EMOJI_STYLE, _JOINER, _NON_JOINER):
            pass  # the letter before them is still what marks stand on
        elif not _is_mark(character):
            marks = diacritics = 0
        else:
            marks += 1
            diacritics += unicodedata.name(character, "").startswith("COMBINING ")
            carried = bool(kept) and kept[-1] != " "
            if not carried or marks > _MOST_MARKS or diacritics > _MOST_DIACRITICS:
                continue
        kept.append(character)
    return "".join(kept)


def legible(line: str) -> str:
    """Return `line` in NFC, with visible characters only. Any string goes in, and comes out the same the second time.

    Spaces of all widths become plain ones; controls, halves of surrogate pairs and what Unicode has given no meaning
    become replacement characters. Invisible characters are left out.
    """
    if line.isascii() and line.isprintable():
        return line
    once = _without_piles(unicodedata.normalize("NFC", _without_runs(_visible(line))))
    return once if once == line else legible(once)  # what went may have been what a joiner belonged to
