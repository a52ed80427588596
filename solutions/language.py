"""In which language the tests speak."""

import locale
from collections.abc import Iterable


def language_of(option: str | None, known: Iterable[str]) -> str:
    """Choose the language of messages.

    It is `option` where it is given, else the language of your system, or English where that is none of `known`.
    """
    if option:
        return option
    system = (locale.getlocale()[0] or "").lower()  # `ru_RU`, or on Windows `Russian_Russia`
    return next((language for language in known if system.startswith(language)), "en")
