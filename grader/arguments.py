"""The argument parser of every command."""

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
    """A parser whose errors are one helpful line. It says the way out."""

    def _options(self) -> Iterator[str]:
        """Yield every option, those of its targets included."""
        for action in self._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                yield from (option for target in action.choices.values() for option in target._options())

    def _hint(self, message: str) -> str:
        """Suggest a name for an unknown value or option."""
        if found := _NO_CHOICE.search(message):
            return did_you_mean(found["typed"], re.findall(r"[\w-]+", found["choices"]))
        if found := _NO_OPTION.match(message):
            return did_you_mean(found["typed"], self._options())
        return ""

    def error(self, message: str) -> NoReturn:
        """Raise a UsageError. argparse calls this instead of returning."""
        raise UsageError(f"{message}{self._hint(message)} (`{self.prog} --help` lists what there is)")
