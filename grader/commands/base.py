"""The interface of commands, and how one can end."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from contextlib import AbstractContextManager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.telling import tell

if TYPE_CHECKING:
    from grader.gradebook import Terms


class Ending(Enum):
    """How a command ended that did its work. Where it could not, an error says what went wrong."""

    PASSED = "everything is as it should be"
    FAILED = "something is not: a test that did not pass, a copy that is stale"
    FAULT = "the grader itself failed at a part"


def ending_of(statuses: Iterable[str]) -> Ending:
    """Return the ending of a run with these statuses."""
    found = set(statuses)
    if "grader_error" in found:
        return Ending.FAULT
    return Ending.PASSED if found <= {"passed"} else Ending.FAILED


def write_lock(out: Path) -> AbstractContextManager[None]:
    """Lock the output folder `out` for writing. A message says whom this has to wait for."""
    from grader.store import only_writer

    return only_writer(out, lambda line: tell(f"grader: {line}"))


def report_unknown_names(terms: Terms, names: Iterable[str]) -> None:
    """Report unknown names in `adjustments.csv`. `names` are all submissions, attempts that do not count among them."""
    for line in terms.adjustments.unknown_submissions(set(names)):
        tell(f"grader: {line}")


class Command(Protocol):
    """A command: a module here and a line in the table. It alone prints."""

    DESCRIPTION: str
    """The first line of its help."""

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        ...

    @staticmethod
    def run(arguments: Namespace) -> Ending:
        """Run the command. Raises GraderError, in one line for the user, for what cannot be done."""
        ...
