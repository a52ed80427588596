"""How every command of the grader parses its arguments."""

from __future__ import annotations

import argparse
from typing import NoReturn

from grader.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line with the way out."""

    def error(self, message: str) -> NoReturn:
        """What argparse calls instead of returning."""
        raise UsageError(f"{message} (`{self.prog} --help` lists what there is)")
