"""`grader export TARGET OUT`: writes results for another system."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from grader.arguments import Parser
from grader.commands import options
from grader.commands.base import Ending
from grader.commands.reading import stored_results
from grader.errors import UsageError
from grader.export.base import Files, WithoutResults
from grader.export.registry import EXPORTERS, PUSHERS
from grader.telling import say, tell

if TYPE_CHECKING:
    from grader.roster import Roster

DESCRIPTION = (
    "Write the results of an output folder for another system: one file to stdout or to -o FILE,\n"
    "several files into the folder that -o names, or straight into the system."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the targets, each with its own options."""
    targets = parser.add_subparsers(dest="target", required=True, metavar="TARGET", parser_class=Parser)
    for name, make in EXPORTERS.items():
        exporter = make()
        target = targets.add_parser(name, help=exporter.help, description=exporter.help, allow_abbrev=False)
        optional = "?" if isinstance(exporter, WithoutResults) else None
        add = target.add_argument
        add("out", nargs=optional, type=options.path, metavar="OUT", help="the output folder of an earlier run")
        add("-o", "--output", type=options.path, metavar="FILE", help="where to write, instead of stdout")
        exporter.add_arguments(target)
    for name, make_pusher in PUSHERS.items():
        pusher = make_pusher()
        target = targets.add_parser(name, help=pusher.help, description=pusher.help, allow_abbrev=False)
        target.add_argument("out", type=options.path, metavar="OUT", help="the output folder of an earlier run")
        pusher.add_arguments(target)


def _write(files: Mapping[str, bytes], output: Path | None) -> None:
    from grader.commands.waiting import counted
    from grader.store import write_durably

    if len(files) == 1:
        (content,) = files.values()
        if output is None and next(iter(files)).endswith(".zip") and sys.stdout.isatty():
            raise UsageError("the export is a zip, which a terminal cannot show: name a file for it with -o")
        if output is None:
            sys.stdout.buffer.write(content)
            return
        if output.is_dir():
            raise UsageError(f"-o {output} is a folder: name a file in it")
        if output.exists() and not output.is_file():  # a pipe or a device is written to, never replaced by a file
            output.write_bytes(content)
            return
        write_durably(output, content)
        return
    if output is None:
        raise UsageError(f"this makes {len(files)} files: name a folder for them with -o")
    for name, content in counted(files.items(), "writing", unit="file"):
        write_durably(output / name, content)


def _roster_of(out: Path) -> Roster | None:
    """Return the roster that the folder was graded with. None where there was none."""
    from grader.kept_roster import kept_roster

    return kept_roster(out)


def _print_notes(files: Mapping[str, bytes]) -> Ending:
    """Print the notes of an export. Return how the export ended."""
    if not isinstance(files, Files):
        return Ending.PASSED
    for note in files.notes:
        tell(f"grader: {note}")
    return Ending.PASSED if files.is_whole else Ending.FAILED


def _made_without_results(exporter: WithoutResults, arguments: Namespace) -> bool:
    """Write the files that need no results, if wanted. Return whether they were.

    Raises:
        UsageError: neither they are asked for nor a folder of results is named.
    """
    from grader.store import write_durably

    files = exporter.without_results(arguments)
    if files is None and arguments.out is None:
        raise UsageError(f"name the output folder of an earlier run (`grader export {arguments.target} --help`)")
    for path, content in (files or {}).items():
        write_durably(path, content)
        say(f"{path} written; next: {exporter.next_step}")
    return files is not None


def run(arguments: Namespace) -> Ending:
    """Write the results for the target. Some targets write files without any.

    Raises:
        UsageError: there are no results, or nowhere to write.
    """
    from grader.commands.waiting import counted, working

    if arguments.target in PUSHERS:
        with working("reading"):
            results = stored_results(arguments.out)
        pushed = PUSHERS[arguments.target]().push(results, arguments, lambda items: counted(items, "writing"))
        say("\n".join(pushed))
        return Ending.PASSED if pushed.is_whole else Ending.FAILED
    exporter = EXPORTERS[arguments.target]()
    if isinstance(exporter, WithoutResults) and _made_without_results(exporter, arguments):
        return Ending.PASSED
    if getattr(arguments, "roster", ...) is None:  # the target takes one, and none is named
        arguments.roster = _roster_of(arguments.out)
    with working("exporting"):
        files = exporter.export(stored_results(arguments.out), arguments)
    _write(files, arguments.output)
    return _print_notes(files)
