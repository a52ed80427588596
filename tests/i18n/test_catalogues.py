"""Both message catalogues are complete and well-formed."""

from __future__ import annotations

from importlib import resources

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from grader.i18n import LANGUAGES, placeholders

FORMS = {"en": 2, "ru": 3}


def read(language: str) -> Catalog:
    """Read a catalogue with babel. Invalid entries are refused, where babel would skip them."""
    with resources.files("grader.i18n").joinpath(f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def texts(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    """Map each message id to its text or its plural forms."""
    found = {}
    for entry in catalogue:
        if entry.id:
            key = entry.id if isinstance(entry.id, str) else entry.id[0]
            found[key] = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    return request.param


def test_every_language_has_every_message() -> None:
    """Every language has the same message ids."""
    english, russian = (set(texts(read(language))) for language in LANGUAGES)
    assert english == russian
    assert len(english) > 50


def test_translations_use_the_same_data() -> None:
    """Every translation fills the placeholders of its English original. That holds for all its plural forms."""
    english, russian = (texts(read(language)) for language in LANGUAGES)
    for key, forms in english.items():
        (expected,) = {placeholders(form) for form in forms}
        assert {placeholders(form) for form in russian[key]} == {expected}, key


def test_plurals_are_complete(language: str) -> None:
    """A message with plurals has all its forms in each language. The forms are chosen by {n}."""
    english = texts(read("en"))
    for entry in read(language):
        if entry.id and not isinstance(entry.id, str):
            assert entry.id[0] == entry.id[1], entry.id
            assert len(entry.string) == FORMS[language], entry.id
            assert "n" in placeholders(entry.string[0]), entry.id
        elif entry.id:
            assert len(english[entry.id]) == 1, entry.id


def test_nothing_is_empty_fuzzy_or_given_twice(language: str) -> None:
    """Every text is final. None is empty, none is marked as a guess, and no id is defined twice."""
    catalogue = read(language)
    assert [entry.id for entry in catalogue if entry.id and entry.fuzzy] == []
    assert [key for key, forms in texts(catalogue).items() if not all(form.strip() for form in forms)] == []
    source = resources.files("grader.i18n").joinpath(f"{language}.po").read_text(encoding="utf-8")
    ids = [line for line in source.splitlines() if line.startswith("msgid ") and line != 'msgid ""']
    assert len(ids) == len(set(ids))


def test_backticks_are_single_and_paired(language: str) -> None:
    """Backticks come in pairs, one at a time. So a report can tell code from prose, and there are no fences."""
    for key, forms in texts(read(language)).items():
        for form in forms:
            assert form.count("`") % 2 == 0, key
            assert "``" not in form, key


def test_braces_only_name_placeholders(language: str) -> None:
    """Braces are used for placeholders alone. Any other brace is a misspelt placeholder."""
    for key, forms in texts(read(language)).items():
        for form in forms:
            left = form
            for name in placeholders(form):
                left = left.replace("{" + name + "}", "")
            assert not set("{}") & set(left), key


def test_russian_is_russian() -> None:
    """Every Russian text has Cyrillic letters.

    A text without any was copied from English; names of things are the exception.
    """
    names = {"report/category-dropout", "report/column-dropout", "report/column-accuracy_percent", "missing/in-cells"}
    names |= {"page/language", "report/points", "report/number", "course/points-dropout"}
    untranslated = {
        key
        for key, forms in texts(read("ru")).items()
        if not all(any("а" <= letter.lower() <= "я" for letter in form) for form in forms)
    }
    assert untranslated <= names
