"""In which language the tests speak, and what they say."""

import json
import locale
from collections.abc import Iterable, Mapping
from pathlib import Path

DECIMAL_COMMA = {"ru"}
"""Languages that write a comma before tenths."""


class Words:
    """Puts the texts of the tests into one language.

    Args:
        texts: by id, in that language.
        language: "en" or "ru".
        prefix: of the ids, which is left out where a text is asked for.
    """

    def __init__(self, texts: Mapping[str, str], language: str, prefix: str = "") -> None:
        self.language = language
        self._texts, self._prefix = texts, prefix

    def __call__(self, name: str, **data: object) -> str:
        """Return the text `name` with its placeholders filled."""
        return self._texts[self._prefix + name].format(**data)

    def number(self, value: float) -> str:
        """Write a number with the language's decimal mark: 0.5, or 0,5 in Russian."""
        text = f"{value:g}"
        return text.replace(".", ",") if self.language in DECIMAL_COMMA else text


def words_of(folder: Path, option: str | None, prefix: str = "") -> Words:
    """Read the texts that the tests in `folder` speak in.

    Args:
        folder: with the tests.
        option: a language that was asked for; None: as the course or the system has it.
        prefix: as for `Words`.

    Raises:
        FileNotFoundError: there are no tests.
    """
    about, texts = (json.loads((folder / "_kit" / f"{name}.json").read_text("utf-8")) for name in ("about", "messages"))
    language = language_of(option or about["language"], texts)
    return Words(texts[language], language, prefix)


def language_of(option: str | None, known: Iterable[str]) -> str:
    """Choose the language of messages.

    It is `option` where it is given, else the language of your system, or English where that is none of `known`.
    """
    if option:
        return option
    system = (locale.getlocale()[0] or "").lower()  # `ru_RU`, or on Windows `Russian_Russia`
    return next((language for language in known if system.startswith(language)), "en")
