"""Parsers of option values. A wrong value gets one line that says what may be typed."""

from __future__ import annotations

import errno
import os
from argparse import ArgumentTypeError
from pathlib import Path

from grader.categories import CATEGORIES
from grader.nearest import did_you_mean
from grader.sharding import Shard

_SHOWN = 40
AS_ASSIGNED = "default: as assignment.toml says"
"""A default, in the words of `--help`."""


def categories(text: str) -> tuple[str, ...]:
    """Parse categories, separated by commas. The result is in judging order."""
    chosen = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in chosen if part not in CATEGORIES]
    if unknown or not chosen:
        meant = did_you_mean(unknown[0], CATEGORIES) if unknown else ""
        raise ArgumentTypeError(f"`{text}` is not a list of categories; there are {', '.join(CATEGORIES)}{meant}")
    return tuple(category for category in CATEGORIES if category in chosen)


def path(text: str) -> Path:
    """Parse a path that is neither empty nor longer than this system has names for."""
    if not text:
        raise ArgumentTypeError("an empty name is no path; the folder you are in is `.`")
    try:
        os.lstat(text)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ArgumentTypeError(f"`{text[:_SHOWN]}…` is longer than a name can be on this system") from None
    return Path(text)


def seconds(text: str) -> float:
    """Parse a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ArgumentTypeError(f"`{text}` is not a number of seconds above 0")
    return value


def count(text: str) -> int:
    """Parse a whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"`{text}` is not a whole number from 1 up")
    return int(text)


def jobs(text: str) -> int:
    """Parse the optional number of `--jobs`. The number is whole, from 1 up; the error says how to leave it out."""
    try:
        return count(text)
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{error}; to leave the number out, write --jobs behind the paths") from None


def shard(text: str) -> Shard:
    """Parse `I/N`: the I-th of N parts, counted from 1."""
    number, _, count_of = text.partition("/")
    if not (number.isdecimal() and count_of.isdecimal() and 1 <= int(number) <= int(count_of)):
        raise ArgumentTypeError(f"`{text}` is no shard: write I/N with I from 1 to N, such as 2/8")
    return Shard(int(number), int(count_of))


def seed(text: str) -> int:
    """Parse a whole number from 0 to 2147483647."""
    if not text.isdecimal() or int(text) >= 2**31:
        raise ArgumentTypeError(f"`{text}` is not a whole number from 0 to 2147483647")
    return int(text)


def language(asked: str | None, out: Path) -> str:
    """Return the language asked for, else that of the assignment that `out` was graded by.

    Raises:
        AssignmentError: `assignment.toml` makes no sense.
    """
    from grader.judge.collect import collect
    from grader.kept_assignment import assignment_of

    return asked or assignment_of(out, frozenset(collect())).language
