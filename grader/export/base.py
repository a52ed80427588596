"""The interface of exporters: results in, files out. An exporter reads, runs and writes nothing.

A system that keeps grades in a place of its own, which is no file to hand over, has a pusher instead.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from grader.model import Result


class Files(dict[str, bytes]):
    """The files of an export, with notes about them.

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
    """Notes for the instructor after results were pushed.

    Pushed means: written into a system of its own, such as a grade book.

    Args:
        lines: for the instructor.
        is_whole: whether every result has a grade there, but for those that are to have none.
    """

    def __init__(self, lines: Sequence[str], *, is_whole: bool = True) -> None:
        super().__init__(lines)
        self.is_whole = is_whole


class Exporter(Protocol):
    """An exporter to one other system. An exporter is a file and a line in the registry."""

    name: str
    help: str
    """A few words about the files it writes, for `--help`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the exporter's own options."""
        ...

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return the files for `results` by relative path. The paths are below the folder that they are written to.

        `Files` also say what there is to know about them.

        Raises:
            UsageError: `options` do not fit each other or the results.
        """
        ...


@runtime_checkable
class WithoutResults(Protocol):
    """An exporter that can also write files without results. An example is a program that makes results elsewhere."""

    next_step: str
    """A hint on how to use the written files, in half a sentence."""

    def without_results(self, options: Namespace) -> Mapping[Path, bytes] | None:
        """Return these files by destination. None where `options` ask for results.

        Raises:
            UsageError: `options` do not fit each other.
        """
        ...


class Track(Protocol):
    """Iterates over a list and shows the progress."""

    def __call__(self, items: Sequence[Any], /) -> Iterable[Any]:
        """Yield the items, one after the other."""
        ...


class Pusher(Protocol):
    """A writer of results into another system. A pusher is a file and a line in the registry."""

    name: str
    help: str
    """A few words about the system, for `--help`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the pusher's own options, the system among them."""
        ...

    def push(self, results: Sequence[Result], options: Namespace, track: Track) -> Pushed:
        """Write `results` into the system. Writing the same results again changes nothing.

        Returns:
            What was written, and what was not.

        Raises:
            UsageError: the system, `options` and the results do not fit each other; nothing was written.
        """
        ...
