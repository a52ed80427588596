"""What `--help` says of options: the same of those that mean the same, and which value each has by default."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from grader.cli import build_parser, run
from grader.commands import COMMANDS


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command and each target of `grader export`, by name."""
    for name in COMMANDS:
        parser = build_parser(name)
        yield name, parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from ((f"{name} {target}", of_it) for target, of_it in action.choices.items())


PARSERS = dict(parsers())


@pytest.mark.parametrize("name", PARSERS)
def test_every_choice_says_what_it_is_by_default(name: str) -> None:
    """Whoever reads the help knows what happens without the option."""
    silent = [
        action.option_strings[-1]
        for action in PARSERS[name]._actions
        if action.option_strings
        and (action.choices or type(action.default) in (int, float))
        and (f"default: {action.default}" if action.choices and action.default else "default: ") not in str(action.help)
    ]
    assert silent == []


@pytest.mark.parametrize("name", [name for name in PARSERS if name not in ("export", "verify")])
def test_every_folder_has_to_have_a_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty variable of a script is told, and is not taken for the folder one is in."""
    command, *target = name.split()
    needed = [
        action.option_strings[-1] for action in PARSERS[name]._actions if action.required and action.option_strings
    ]
    options = [word for option in needed for word in (option, "/dev/null")]
    assert run([command, *target, *options, ""]) == 2
    said = capsys.readouterr().err
    assert "an empty name is no path" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("words", [["show", "x" * 300], ["export", "csv", "grades", "-o", "x" * 300], ["x" * 5000]])
def test_a_name_that_is_too_long_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """In a line that can be read, and not as an error of the grader's own."""
    assert run(words) == 2
    said = capsys.readouterr().err
    assert "is longer than a name can be" in said
    assert said.count("\n") == 1
    assert len(said) < 200
