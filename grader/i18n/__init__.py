"""Turns message ids and data into text.

There is one gettext catalogue (`en.po`, `ru.po`) per language.

A message id such as `training/gradients-not-cleared` is the msgid, the text with `{placeholders}` the msgstr. Where a
number `{n}` decides the form of words, the entry has the id as msgid_plural too, and the forms its language needs. Data
fills placeholders and is never itself read as a format. Making strangers' strings harmless is up to `report`, which
knows where the text will stand. Texts may use single backticks for code and asterisks for stress. Numbers get the
decimal mark of the language, except in code.
"""

from __future__ import annotations

import gettext
import io
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from grader.errors import UsageError

LANGUAGES = ("en", "ru")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_SMALLEST, _LARGEST = 1e-4, 1e6
_DECIMAL_MARKS = {"ru": ","}
_DECIMAL = re.compile(r"[+−-]?\d+\.\d+(e[+-]\d+)?")
_VERSIONS = frozenset({"python"})
"""Placeholders whose value only looks like a number. 3.11 is no eleven hundredths."""


def placeholders(text: str) -> frozenset[str]:
    """The names that data has to give to `text`."""
    return frozenset(_PLACEHOLDER.findall(text))


def _shown(value: object) -> str:
    """Write a value as it reads in a sentence. Floats have four significant digits and no needless zeros."""
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < _LARGEST:
        return str(int(value))
    if _SMALLEST <= abs(value) < _LARGEST:
        decimals = max(0, 3 - math.floor(math.log10(abs(value))))
        text = f"{value:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if decimals else text
    return f"{value:.3g}"


def _filled(text: str, data: Mapping[str, object], mark: str) -> str:
    """Fill the placeholders of `text` with `data`.

    `mark` stands in numbers where Python writes a point.

    What a report has already written as a number counts as one. Between backticks stands code, which stays as it is.
    """

    def value(found: re.Match[str]) -> str:
        shown = _shown(data.get(found[1], found[0]))
        is_prose = text.count("`", 0, found.start()) % 2 == 0 and found[1] not in _VERSIONS
        return shown.replace(".", mark) if is_prose and _DECIMAL.fullmatch(shown) else shown

    return _PLACEHOLDER.sub(value, text)


@cache
def _catalogue(language: str) -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo  # here, as only who makes text needs the parser
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with resources.files(__name__).joinpath(f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    if language != "en":
        translations.add_fallback(_catalogue("en"))
    return translations


def messages(language: str) -> dict[str, str]:
    """Return all texts of `language` by id.

    They keep their placeholders; of an entry with plurals it is the last form.
    """
    catalogue: dict[str | tuple[str, int], str] = _catalogue(language)._catalog  # type: ignore[attr-defined]
    texts: dict[str, str] = {}
    for key, text in catalogue.items():
        name = key if isinstance(key, str) else key[0]
        if name:
            texts[name] = text
    return texts


@cache
def translator(language: str) -> Callable[[str, Mapping[str, object]], str]:
    """Return a function that puts messages into words.

    It takes a message id and its data, and never raises.

    A text that `language` lacks is taken from English; an id that has none at all is given as it stands, with its data.
    A placeholder without data is left as it is.

    Args:
        language: one of `LANGUAGES`.

    Raises:
        UsageError: there is no such language.
    """
    if language not in LANGUAGES:
        raise UsageError(f"no texts in {language!r}: choose one of {', '.join(LANGUAGES)}")

    def translate(hint: str, data: Mapping[str, object]) -> str:
        catalogue = _catalogue(language)
        n = data.get("n")
        text = catalogue.ngettext(hint, hint, n) if isinstance(n, int) else hint
        if text == hint:
            text = catalogue.gettext(hint)
        if text == hint:
            return " ".join([hint, *(f"{name}={_shown(value)}" for name, value in data.items())])
        return _filled(text, data, _DECIMAL_MARKS.get(language, "."))

    return translate
