"""How every command of the grader parses its arguments."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import NoReturn

from grader.errors import UsageError
from grader.nearest import did_you_mean

_NO_CHOICE = re.compile(r"invalid choice: '(?P<typed>.*)' \(choose from (?P<choices>.*)\)")
_NO_OPTION = re.compile(r"unrecognized arguments: (?P<typed>-[^\s=]*)")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line with the way out."""

    def _options(self) -> Iterator[str]:
        """Every option, those of its targets included."""
        for action in self._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                yield from (option for target in action.choices.values() for option in target._options())

    def _hint(self, message: str) -> str:
        """What was meant by a value or an option that does not exist."""
        if found := _NO_CHOICE.search(message):
            return did_you_mean(found["typed"], re.findall(r"[\w-]+", found["choices"]))
        if found := _NO_OPTION.match(message):
            return did_you_mean(found["typed"], self._options())
        return ""

    def error(self, message: str) -> NoReturn:
        """What argparse calls instead of returning."""
        raise UsageError(f"{message}{self._hint(message)} (`{self.prog} --help` lists what there is)")
