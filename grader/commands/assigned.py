"""The option `--assignment`, which names the numbers of a course."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from grader.commands import options

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
