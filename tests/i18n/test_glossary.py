"""Russian texts keep to the glossary at the head of ru.po. This holds wherever a student reads them."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from grader.i18n import messages
from grader.release.repository import find_solutions
from grader.release.translation import catalogue

OTHER_WORDS = re.compile(r"пачк|пачек|дропаут|блокнот|ноутбук|грейдер", re.IGNORECASE)
CODE = re.compile(r"`[^`]*`|\]\([^)]*\)")
SECTION = re.compile(r"(#+|пункт\w*) \d\.\d")
DECIMAL_POINT = re.compile(r"\d\.\d")
ENGLISH_IN_BRACKETS = re.compile(r"\((?!UTC|Markdown)[A-Za-z]{3,}[a-z ]*\)")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def prose_of_chapter() -> dict[str, str]:
    """Comments and prose of the Russian chapter, by line number."""
    lines = (find_solutions() / "perceptron_ru.py").read_text(encoding="utf-8").splitlines()
    told = {f"line {n}": line.partition("#")[2] for n, line in enumerate(lines, start=1) if "#" in line}
    return {n: line for n, line in told.items() if CYRILLIC.search(line)}


def prose_of_modules() -> dict[str, str]:
    """Russian texts of the released modules. Lines that the course has fixed in English are left out."""
    return {name: text for name, text in catalogue("ru").items() if CYRILLIC.search(text)}


RUSSIAN = {"messages": messages("ru"), "chapter": prose_of_chapter(), "modules": prose_of_modules()}


@pytest.fixture(params=RUSSIAN)
def prose(request: pytest.FixtureRequest) -> dict[str, str]:
    """Texts of one place by name, without code."""
    texts = {name: CODE.sub("", text) for name, text in RUSSIAN[request.param].items()}
    assert len(texts) > 50
    return texts


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("размер пачки", OTHER_WORDS),
        ("Дропаут выключен", OTHER_WORDS),
        ("Грейдер построит", OTHER_WORDS),
        ("около 0.2", DECIMAL_POINT),
        ("скорость обучения (learning rate)", ENGLISH_IN_BRACKETS),
    ],
)
def test_each_rule_finds_what_it_forbids(text: str, rule: re.Pattern[str]) -> None:
    """Each rule finds what it forbids. A rule that finds nothing would prove nothing."""
    assert rule.search(text)


def test_one_word_for_one_thing(prose: dict[str, str]) -> None:
    """Batch, dropout, notebook and grader have one word each."""
    assert [name for name, text in prose.items() if OTHER_WORDS.search(text)] == []


def test_no_other_word_in_code_either() -> None:
    """The chapter's code keeps to the glossary, too. What it prints and asserts is text."""
    source = (find_solutions() / "perceptron_ru.py").read_text(encoding="utf-8")
    assert OTHER_WORDS.findall(source) == []


def test_numbers_have_a_decimal_comma(prose: dict[str, str]) -> None:
    """Russian numbers have a decimal comma. Code, formulas and section numbers are exempt."""
    assert [name for name, text in prose.items() if DECIMAL_POINT.search(SECTION.sub("", text))] == []


def test_no_english_in_brackets(prose: dict[str, str]) -> None:
    """A Russian word has no English one in brackets behind it."""
    assert [name for name, text in prose.items() if ENGLISH_IN_BRACKETS.search(text)] == []


def test_the_glossary_stands_at_the_head() -> None:
    """The glossary stands at the head of ru.po. Whoever adds a text finds the words there."""
    head = resources.files("grader.i18n").joinpath("ru.po").read_text(encoding="utf-8").partition("msgid")[0]
    for word in ("батч", "эпоха", "dropout", "тетрадь", "программа проверки", "decimal comma"):
        assert word in head
