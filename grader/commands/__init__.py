"""The commands by name. A new command is a file in this folder and a line here."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import cast

from grader.commands.base import Command

COMMANDS: Mapping[str, str] = {
    "grade": "train and judge submissions, each in a sandbox: what `grader PATH…` does",
    "rejudge": "judge stored observations again after a hidden test or the rubric has changed",
    "export": "write the results of an output folder for another system",
    "merge": "join the output folders of shards, or of several machines, into one",
    "show": "show a class, or all about one submission, on the terminal",
    "diff": "show whose score differs between two output folders, and by which tests",
    "similar": "show which submissions look like copies of each other",
    "serve": "show the pages of an output folder in a browser, also while a run writes into it",
    "release": "write the repository that students receive",
    "verify": "prove the kit: stubs fail, solutions pass, every message exists in every language",
}
"""Each command's purpose in one line. A module is imported when its command is asked for."""

DEFAULT = "grade"


def load(name: str) -> Command:
    """Import the command called `name`, one of the table."""
    return cast("Command", importlib.import_module(f"grader.commands.{name}"))
