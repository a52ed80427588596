"""What every command is, and the ways in which one can end."""

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
    """How a command ended that did what it was asked to; what went wrong otherwise, an error says."""

    PASSED = "everything is as it should be"
    FAILED = "something is not: a test that did not pass, a copy that is stale"
    FAULT = "the grader itself failed at a part"


def ending_of(statuses: Iterable[str]) -> Ending:
    """How a run ended whose results have these statuses."""
    found = set(statuses)
    if "grader_error" in found:
        return Ending.FAULT
    return Ending.PASSED if found <= {"passed"} else Ending.FAILED


def alone_in(out: Path) -> AbstractContextManager[None]:
    """Be the only grader that writes to the output folder `out`; whom that has to wait for is told."""
    from grader.store import only_writer

    return only_writer(out, lambda line: tell(f"grader: {line}"))


def tell_strangers(terms: Terms, names: Iterable[str]) -> None:
    """Say whom `adjustments.csv` names that is none of `names`, all submissions: attempts too that do not count."""
    for line in terms.adjustments.strangers(set(names)):
        tell(f"grader: {line}")


class Command(Protocol):
    """One command: a module in this folder and a line in the table. It alone prints."""

    DESCRIPTION: str
    """The first line of its help."""

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare its arguments."""
        ...

    @staticmethod
    def run(arguments: Namespace) -> Ending:
        """Do it. Raises GraderError, in one line for the user, for what cannot be done."""
        ...
