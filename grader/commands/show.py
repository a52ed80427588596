"""`grader show OUT [NAME]`: shows results on the terminal.

Shown is a class, or all about one submission; nothing is graded or written.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from grader.commands import options
from grader.commands.base import Ending
from grader.i18n import LANGUAGES
from grader.telling import say

DESCRIPTION = (
    "Show the results of an output folder: the table of everybody, what most have to repair first, adjustments and\n"
    "who is missing; with a NAME, all about one submission, notes for staff included. Nothing is graded."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the folder, whom to show, and the language."""
    add = parser.add_argument
    add("out", type=options.path, metavar="OUT", help="the output folder of an earlier run")
    add("name", nargs="?", metavar="NAME", help="a submission; or the name, number or address of its student")
    add("--lang", choices=LANGUAGES, help=f"of what is shown ({options.AS_ASSIGNED})")


def run(arguments: Namespace) -> Ending:
    """Show the class or the submission asked for.

    Raises:
        UsageError: the folder holds no results, or none of that name.
    """
    from grader.commands.reading import find_in_class, read_class
    from grader.commands.terminal import columns
    from grader.commands.waiting import working
    from grader.i18n import translator
    from grader.kept_roster import kept_roster
    from grader.report.detail import class_at_a_glance, one_in_full

    out: Path = arguments.out
    with working("reading"):
        results = read_class(out)
    language = options.language(arguments.lang, out)
    translate, width = translator(language), columns()
    if arguments.name is None and len(results) > 1:
        roster = kept_roster(out)
        missing = roster.missing([result.identity for result in results]) if roster else []
        with working("laying out the table"):
            table = class_at_a_glance(results, translate, missing, width=width)
        say(f"{table}\n{out / 'overview.md'}")
        return Ending.PASSED
    result = results[0] if arguments.name is None else find_in_class(out, results, arguments.name)
    say(f"{one_in_full(result, translate, width=width)}\n{out / result.submission}")
    return Ending.PASSED
