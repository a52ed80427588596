"""A Russian release is wholly in Russian, with the same code."""

from __future__ import annotations

import ast
import os
import re
from argparse import ArgumentParser
from pathlib import Path

import pytest

from grader.commands import release
from grader.errors import UsageError
from grader.release.automation import folder_of
from grader.release.repository import find_solutions, handout, student_folder, without_translation
from grader.release.strip import strip
from grader.release.translation import WIDTH, catalogue, passages, translated, untranslated
from tests.testing.warm import run_module

MODULES = {
    path.name: strip(path.read_text(encoding="utf-8"))
    for path in find_solutions().glob("*.py")
    if not path.name.startswith("perceptron_")
}
FORMATS = (
    *("python -m ", "Test Loss", "Test Accuracy"),
    *("BATCH_SIZE, ", "def train(", "raise NotImplementedError", "-p student._kit.verdicts", "# From "),
)
"""Beginnings of texts that are alike in every language.

They are names of programs, code, and lines that the course has fixed.
"""

UNCHANGED = {"keyboard.py", "language.py", "threads.py"}
"""Modules without a text to translate."""


def without_texts(source: str) -> str:
    """Return the code of a module without its texts. What they fill in is kept."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = sorted((v for v in node.values if isinstance(v, ast.FormattedValue)), key=ast.dump)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def test_nothing_lacks_a_translation() -> None:
    """Every English text in solutions/ has its Russian twin. It stands in grader/release/ru.po."""
    assert without_translation(find_solutions()) == []


def test_no_translation_is_left_over() -> None:
    """Every entry of the catalogue belongs to a text."""
    there = {passage.key for source in MODULES.values() for passage in passages(source)}
    assert set(catalogue("ru")) - there == set()


def test_a_text_without_translation_is_named_and_stays() -> None:
    """A text without a translation is named and stays English.

    Docstrings, comments and messages are texts; directives and shapes are not.
    """
    source = '"""Say it."""\nx = f("no such {thing}")  # as they say\ny = 1  # noqa: E501 - long\nz = 2  # (N, 10)\n'
    assert untranslated(source, {}) == ["Say it.", "no such {thing}", "as they say"]
    assert untranslated(source, {}, messages_only=True) == ["no such {thing}"]
    assert translated(source, {}) == source


@pytest.mark.parametrize("name", MODULES)
def test_code_stays_as_it_is(name: str) -> None:
    """Only the texts of a Russian module differ. F-strings fill in the same, and lines are no longer."""
    russian = translated(MODULES[name], catalogue("ru"))
    assert without_texts(russian) == without_texts(MODULES[name])
    assert [line for line in russian.splitlines() if len(line) > WIDTH] == []
    assert russian != MODULES[name] or not passages(MODULES[name]) or name in UNCHANGED


def test_every_text_is_russian() -> None:
    """Every Russian text has a Cyrillic letter."""
    copied = [text for text in catalogue("ru").values() if not re.search("[а-яё]", text)]
    assert [text for text in copied if not text.startswith(FORMATS)] == []


def test_a_long_message_is_cut_between_words_only() -> None:
    """A long message is cut between words only. Fields with spaces and quotes in them stay whole."""
    source = "def f(names):\n    text = f\"call them {', '.join(names)}\"\n    return text\n"
    long = 'скажи "так" ' * 12 + "{', '.join(names)}" + " и ещё" * 20
    written = translated(source, {"call them {', '.join(names)}": long})
    assert max(map(len, written.splitlines())) <= WIDTH
    space: dict[str, object] = {}
    exec(written, space)
    assert space["f"](["a", "b"]) == 'скажи "так" ' * 12 + "a, b" + " и ещё" * 20  # type: ignore[operator]


def test_the_handout_is_in_the_language_of_the_release() -> None:
    """The handout is in the language of the release. A release in other languages has that of both."""
    both = folder_of("repository", "")["README.md"].decode()
    readmes = {language: handout(both, language) for language in ("", "en", "ru")}
    assert "TODO" in readmes["ru"]
    assert "Hand in" not in readmes["ru"]
    assert "Сдайте" not in readmes["en"]
    assert readmes["en"].rstrip().endswith("`predictions`.")
    for language in ("en", "ru"):
        body = readmes[language].partition("\n")[2].strip()
        assert body
        assert body in readmes[""]


def test_a_russian_release_speaks_russian_on_any_machine(tmp_path: Path) -> None:
    """Tests of a Russian release speak Russian on any machine."""
    for name, content in student_folder(find_solutions(), "ru").items():
        path = tmp_path / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    machine = {**os.environ, "LC_ALL": "C.UTF-8", "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = ("-q", "-p", "no:cacheprovider")
    done = run_module("pytest", "student/test_dropout.py", *options, folder=tmp_path, environment=machine)
    assert "1. [" in done.stdout
    assert "ещё не написана" in done.stdout
    said = run_module("student", "evaluate", "--dataset", "digits", folder=tmp_path, environment=machine)
    assert said.returncode == 1
    assert said.stderr.startswith("файла с весами")


@pytest.mark.parametrize("options", [["--check"], ["--update"], ["DIR", "--nbgrader"], ["DIR", "--classroom50"]])
def test_a_language_where_there_is_none_to_choose_is_refused(options: list[str], tmp_path: Path) -> None:
    """`--lang` is refused where there is no language to choose.

    Such a release holds both, or is the English student/ of this checkout.
    """
    parser = ArgumentParser()
    release.add_arguments(parser)
    folder = str(tmp_path / "new")
    arguments = parser.parse_args([folder if option == "DIR" else option for option in options] + ["--lang", "ru"])
    with pytest.raises(UsageError, match="--lang"):
        release.run(arguments)
    assert not (tmp_path / "new").exists()
