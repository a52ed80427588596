"""The option `--assignment`, which names the numbers of a course."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands import options
from grader.telling import tell

if TYPE_CHECKING:
    from grader.assignment import AssignmentFile


def add_assignment(parser: ArgumentParser, otherwise: str = "$GRADER_ASSIGNMENT, then the grader's own") -> None:
    """Declare `--assignment`. `otherwise` says what counts without it."""
    what = "points, goal, limits, rules and deadline, as grader/assignment.toml has them"
    parser.add_argument("--assignment", type=options.path, metavar="FILE", help=f"{what} (default: {otherwise})")


def named(arguments: Namespace) -> AssignmentFile | None:
    """Read the assignment that an option or the environment names. None for the one that comes with the grader.

    Raises:
        AssignmentError: it cannot be read, or makes no sense.
    """
    from grader.assignment import named_assignment
    from grader.judge.collect import collect

    return named_assignment(arguments.assignment, frozenset(collect()))


def for_results_in(out: Path, arguments: Namespace) -> AssignmentFile | None:
    """Read the assignment to grade by: the one that is named, else the one that `out` was graded by.

    Raises:
        UsageError: it cannot be read, or makes no sense.
    """
    from grader.assignment import is_named
    from grader.judge.collect import collect
    from grader.kept_assignment import read_again

    if is_named(arguments.assignment):
        return named(arguments)
    given = read_again(out, frozenset(collect()))
    if given is not None:
        tell(f"grader: by {given.path}, as {out} was graded before")
    return given
