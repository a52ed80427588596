"""Both catalogues say the same things, and say them well-formed."""

from __future__ import annotations

from importlib import resources

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from grader.i18n import LANGUAGES, placeholders

FORMS = {"en": 2, "ru": 3}


def read(language: str) -> Catalog:
    """A catalogue as babel reads it, refusing what it would otherwise skip."""
    with resources.files("grader.i18n").joinpath(f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def texts(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    """Message id -> its text, or all its plural forms."""
    found = {}
    for entry in catalogue:
        if entry.id:
            key = entry.id if isinstance(entry.id, str) else entry.id[0]
            found[key] = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language."""
    return request.param


def test_every_language_has_every_message() -> None:
    """The ids are the same in all catalogues, and none of them is empty of ids."""
    english, russian = (set(texts(read(language))) for language in LANGUAGES)
    assert english == russian
    assert len(english) > 50


def test_translations_use_the_same_data() -> None:
    """Every form of every text fills the same placeholders as its English original."""
    english, russian = (texts(read(language)) for language in LANGUAGES)
    for key, forms in english.items():
        (expected,) = {placeholders(form) for form in forms}
        assert {placeholders(form) for form in russian[key]} == {expected}, key


def test_plurals_are_complete(language: str) -> None:
    """What has plural forms in one language has them in all, as many as it needs, chosen by {n}."""
    english = texts(read("en"))
    for entry in read(language):
        if entry.id and not isinstance(entry.id, str):
            assert entry.id[0] == entry.id[1], entry.id
            assert len(entry.string) == FORMS[language], entry.id
            assert "n" in placeholders(entry.string[0]), entry.id
        elif entry.id:
            assert len(english[entry.id]) == 1, entry.id


def test_nothing_is_empty_fuzzy_or_given_twice(language: str) -> None:
    """Every text is final: none empty, none marked as a guess, no id defined twice."""
    catalogue = read(language)
    assert [entry.id for entry in catalogue if entry.id and entry.fuzzy] == []
    assert [key for key, forms in texts(catalogue).items() if not all(form.strip() for form in forms)] == []
    source = resources.files("grader.i18n").joinpath(f"{language}.po").read_text(encoding="utf-8")
    ids = [line for line in source.splitlines() if line.startswith("msgid ") and line != 'msgid ""']
    assert len(ids) == len(set(ids))


def test_backticks_are_single_and_paired(language: str) -> None:
    """Backticks come in pairs and one at a time, so that a report can tell code from prose; there are no fences."""
    for key, forms in texts(read(language)).items():
        for form in forms:
            assert form.count("`") % 2 == 0, key
            assert "``" not in form, key


def test_braces_only_name_placeholders(language: str) -> None:
    """A brace that is part of no placeholder is a misspelt one."""
    for key, forms in texts(read(language)).items():
        for form in forms:
            left = form
            for name in placeholders(form):
                left = left.replace("{" + name + "}", "")
            assert not set("{}") & set(left), key


def test_russian_is_russian() -> None:
    """A text copied from English and not translated has no Cyrillic letter; names of things are the exception."""
    names = {"report/category-dropout", "report/column-dropout", "report/column-accuracy_percent", "missing/in-cells"}
    names |= {"page/language", "report/points", "report/number"}
    untranslated = {
        key
        for key, forms in texts(read("ru")).items()
        if not all(any("а" <= letter.lower() <= "я" for letter in form) for form in forms)
    }
    assert untranslated <= names
