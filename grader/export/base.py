"""What every exporter is: results in, files out. Nothing is read, run or written.

A system that keeps grades in a place of its own, which is no file to hand over, has a pusher instead.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from grader.model import Result


class Files(dict[str, bytes]):
    """The files of an export, and what their user should know beside them.

    Args:
        files: by their paths.
        notes: one line each, in the order of their weight.
        is_whole: whether every result has reached the files that has a grade.
    """

    def __init__(self, files: Mapping[str, bytes], notes: Sequence[str] = (), *, is_whole: bool = True) -> None:
        super().__init__(files)
        self.notes = tuple(notes)
        self.is_whole = is_whole


class Pushed(list[str]):
    """What there is to know after results were written into a system.

    Args:
        lines: for the instructor.
        is_whole: whether every result has a grade there, but for those that are to have none.
    """

    def __init__(self, lines: Sequence[str], *, is_whole: bool = True) -> None:
        super().__init__(lines)
        self.is_whole = is_whole


class Exporter(Protocol):
    """One system that takes results. An exporter is a file and a line in the registry."""

    name: str
    help: str
    """What it writes, in a few words."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare options of its own."""
        ...

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """The files of `results` for that system, by their paths below the folder they are written to.

        `Files` also say what there is to know about them.

        Raises:
            UsageError: `options` do not fit each other or the results.
        """
        ...


@runtime_checkable
class WithoutResults(Protocol):
    """An exporter that can also make files which need no results, such as a program that makes some elsewhere."""

    next_step: str
    """What to do with these files, in half a sentence."""

    def without_results(self, options: Namespace) -> Mapping[Path, bytes] | None:
        """The files by where they are to be written; None where `options` ask for results.

        Raises:
            UsageError: `options` do not fit each other.
        """
        ...


class Track(Protocol):
    """Goes through a list, and shows how far it is."""

    def __call__(self, items: Sequence[Any], /) -> Iterable[Any]:
        """The items, one after the other."""
        ...


class Pusher(Protocol):
    """One system that results are written into. A pusher is a file and a line in the registry."""

    name: str
    help: str
    """What it writes into, in a few words."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare options of its own, where the system is among them."""
        ...

    def push(self, results: Sequence[Result], options: Namespace, track: Track) -> Pushed:
        """Write `results` into that system; the same results a second time change nothing.

        Returns:
            What was written, and what was not.

        Raises:
            UsageError: the system, `options` and the results do not fit each other; nothing was written.
        """
        ...
