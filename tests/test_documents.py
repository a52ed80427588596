"""Tests of the commands in the documents. Each is understood by the program it names, and the cheap ones are run."""

from __future__ import annotations

import argparse
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.cli import build_parser, run
from grader.commands import COMMANDS, DEFAULT
from grader.i18n import translator
from grader.model import Identity, Result
from grader.output import save_result
from grader.store import Store
from tests.testing.documents import ROOT, Block, blocks, command_lines, spans
from tests.testing.runs import UNREADABLE, run_all, setup_of

DOCUMENTS = [
    "README.md",
    "grader/README.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").glob("*.md")),
    "solutions/README.md",
    "tests/benchmarks/README.md",
    "grader/release/templates/kit/README.md",
    "grader/release/templates/repository/README.md",
    "grader/release/templates/instructor/README.md",
]
OF_A_SHELL = {"bash", "console", "text"}
CHEAP = {"show", "diff", "merge", "rejudge", "export"}
"""Commands that need only graded results, and no time."""

FOREIGN = re.compile(r"--gradebook|--course|moodle-feedback")
"""Exports that need a file or a system of others. They have tests of their own."""

OF_RECIPES = {"nice", "negative", "tsv"}
"""Names that CONTRIBUTING adds before it uses them. See `test_recipes.py`."""

NO_TARGET = {"--help", "--version"}
_OPTION = re.compile(r"(?<![\w-])(--?[a-z][\w-]*)")


def of_shells(document: str) -> list[Block]:
    """Blocks of a document with commands or sessions."""
    return [block for block in blocks((ROOT / document).read_text("utf-8")) if block.language in OF_A_SHELL]


def every_command() -> Iterator[tuple[str, list[str]]]:
    """Every command of the documents: its place and its words. Programs are called by their plain names."""
    for document in DOCUMENTS:
        for block in of_shells(document):
            for words in command_lines(block):
                rest = words[3:] if words[:2] == ["uv", "run"] and words[2] == "--extra" else words
                name = Path(rest[0]).name.replace("python3", "python")
                yield f"{document}, line {block.line}: {' '.join(words)}", [name, *rest[1:]]


def commands_of(*program: str) -> list[tuple[str, list[str]]]:
    """Commands of one program: their places and arguments."""
    n = len(program)
    return [(where, words[n:]) for where, words in every_command() if tuple(words[:n]) == program]


def parsed(argv: list[str]) -> argparse.Namespace:
    """Parse arguments of `grader` as the command does."""
    name, rest = (argv[0], argv[1:]) if argv[0] in COMMANDS else (DEFAULT, argv)
    return build_parser(name).parse_args(rest)


def test_every_command_of_the_grader_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every `grader` command in the documents is understood. Its command, options and values exist."""
    monkeypatch.chdir(tmp_path)
    commands = commands_of("grader")
    assert len(commands) > 40
    for where, argv in commands:
        for word in argv:
            if Path(word).suffix in {".csv", ".xls"} and "/" not in word:
                Path(word).write_text("name,id,email\nAnn,1,ann@example.org\n", encoding="utf-8")
        if NO_TARGET.isdisjoint(argv) and OF_RECIPES.isdisjoint(argv):
            assert parsed(argv), where


def options(parser: argparse.ArgumentParser) -> set[str]:
    """All options of a parser, with those of its subcommands."""
    found: set[str] = set()
    for action in parser._actions:
        found |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found |= {option for target in action.choices.values() for option in options(target)}
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_within_sentences_exist(document: str) -> None:
    """Commands within sentences exist, with their options."""
    known = {name: options(build_parser(name)) for name in COMMANDS}
    for span in spans((ROOT / document).read_text("utf-8")):
        words = span.split()
        if words[0] != "grader" or len(words) < 2:
            continue
        named = words[1] if words[1] in COMMANDS else DEFAULT
        plain = words[1].islower() and words[1].isalpha() and not (ROOT / words[1]).exists()
        assert named != DEFAULT or not plain or words[1] == "submitted", f"{document}: {span}"
        assert set(_OPTION.findall(span)) <= known[named], f"{document}: {span}"


class _Understood(Exception):
    """A program has understood its arguments and would now start."""


@pytest.fixture
def as_before() -> Iterator[None]:
    """Restore the environment, and forget an imported `student`. Other tests have one of their own."""
    environment = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(environment)
    for name in [name for name in sys.modules if name.split(".")[0] == "student"]:
        del sys.modules[name]


@pytest.mark.usefixtures("as_before")
def test_every_program_of_the_tests_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every `python -m` command is understood. The program stops once it has read its arguments."""
    parse_args = argparse.ArgumentParser.parse_args

    def stop(self: argparse.ArgumentParser, *arguments: object, **named: object) -> None:
        parse_args(self, *arguments, **named)  # type: ignore[call-overload]
        raise _Understood

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    in_sentences = [
        (f"{document}: {span}", span.split()[2:])
        for document in DOCUMENTS
        for span in spans((ROOT / document).read_text("utf-8"))
        if span.startswith("python -m tests.") and not re.search("[A-Z…]", span)
    ]
    commands = [one for one in [*commands_of("python", "-m"), *in_sentences] if one[1][0] not in {"venv", "pytest"}]
    assert {argv[0] for _, argv in commands} > {"student", "tests.corpus", "tests.benchmarks", "tests.fuzz"}
    for where, (module, *argv) in commands:
        if module == "tests.pictures":  # takes no arguments, and would draw pictures
            assert argv == [], where
            continue
        monkeypatch.setattr(sys, "argv", [module, *argv])
        with pytest.raises(_Understood):
            runpy.run_module(module, run_name="__main__", alter_sys=False)


def test_every_call_of_pytest_is_understood() -> None:
    """Every pytest command is understood.

    Its options exist, those of the kit's and the student's conftest included; files and folders exist, too.
    """
    commands = [*commands_of("pytest"), *commands_of("python", "-m", "pytest")]
    commands += [
        (f"{document}: {span}", span.partition("pytest ")[2].split())
        for document in DOCUMENTS
        for span in spans((ROOT / document).read_text("utf-8"))
        if span.startswith(("pytest ", "python -m pytest "))
    ]
    assert len(commands) > 10
    said = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    conftest = ROOT / "grader" / "release" / "templates" / "conftest.py"
    takes_values = {"-n", "--dist", "-k", "--lang"}
    for where, argv in commands:
        known = said.stdout + conftest.read_text("utf-8") * ("student" in argv)
        for before, word in zip(["", *argv], argv, strict=False):
            if word.startswith("-"):
                assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", known), where
            elif before not in takes_values:
                assert (ROOT / word).exists(), where


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a graded class under the documents' names. None of its submissions could be read."""
    folder = tmp_path_factory.mktemp("stage")
    setup = setup_of(load_assignment(), categories=("structure",))

    def write(result: Result) -> None:
        save_result(folder / "grades", result, translator("en"))

    people = [replace(UNREADABLE, identity=Identity(name)) for name in ("alice", "bob")]
    with Store.open(folder / "grades") as store:
        run_all(setup, *people, write=write, store=store)
    for other in ("grades-monday", "shard-1", "shard-2"):
        shutil.copytree(folder / "grades", folder / other)
    return folder


def test_what_is_cheap_works(stage: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Cheap commands of the documents work. Exit code 1 only says that somebody lacks points."""
    monkeypatch.chdir(stage)
    tried = set()
    for where, argv in commands_of("grader"):
        if argv[0] not in CHEAP or FOREIGN.search(where) or not OF_RECIPES.isdisjoint(argv):
            continue
        shown = [name for word in argv for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
        if shown[:3] == ["export", "classroom", "grades"] or shown[1] in {"summary", "annotations"}:
            shown += ["--submission", "alice"]
        assert run(shown) in {0, 1}, f"{where}\n{capfd.readouterr().err}"
        tried.add(argv[0])
    assert tried == CHEAP


@pytest.mark.parametrize("document", DOCUMENTS)
def test_tests_that_are_named_exist(document: str) -> None:
    """Tests and paths that a document names exist."""
    for span in spans((ROOT / document).read_text("utf-8")):
        if not re.fullmatch(r"tests/[\w/.]+(::test_\w+)?", span):
            continue
        path, _, function = span.partition("::")
        assert (ROOT / path).exists(), span
        assert not function or f"def {function}(" in (ROOT / path).read_text("utf-8"), span


def test_every_claim_against_other_graders_names_a_test() -> None:
    """Every claim against other graders names a test."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (section,) = re.findall(r"^## Why not otter-grader.*?(?=^## )", readme, re.MULTILINE | re.DOTALL)
    claims = re.split(r"^- ", section, flags=re.MULTILINE)[1:]
    assert len(claims) > 3
    assert [claim for claim in claims if "::test_" not in claim] == []


@pytest.mark.parametrize("document", [document for document in DOCUMENTS if "templates" not in document])
def test_links_within_the_kit_lead_somewhere(document: str) -> None:
    """Links to files and headings of the kit are right."""
    text = (ROOT / document).read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match("[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, target


def test_the_example_of_a_hidden_test_is_one() -> None:
    """The example of a hidden test stands in the named file."""
    text = (ROOT / "grader" / "README.md").read_text("utf-8")
    (example,) = [block for block in blocks(text) if block.language == "python"]
    (file,) = re.findall(r"`(hidden/test_\w+\.py)`", example.before)
    assert example.text in (ROOT / "grader" / file).read_text("utf-8")
