"""`grader diff OUT1 OUT2`: compares the grades of two output folders. It names the tests that differ."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from grader.commands import options
from grader.commands.base import Ending
from grader.errors import UsageError
from grader.i18n import LANGUAGES
from grader.telling import say

DESCRIPTION = (
    "Show whose grade differs between two output folders, and by which tests: after a regrade, with another seed or\n"
    "with a corrected hidden test. Exit code 0 where nothing differs, 1 where something does."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the two folders, and the language."""
    add = parser.add_argument
    add("before", type=options.path, metavar="OUT1", help="the output folder of an earlier run")
    add("after", type=options.path, metavar="OUT2", help="the one to compare with it")
    add("--lang", choices=LANGUAGES, help=f"of what is shown ({options.AS_ASSIGNED})")


def run(arguments: Namespace) -> Ending:
    """Show the differences.

    Raises:
        UsageError: one of the folders holds no results, or both are the same.
    """
    from grader.commands.reading import read_class
    from grader.commands.terminal import columns
    from grader.commands.waiting import working
    from grader.i18n import translator
    from grader.report.difference import difference_text, differences
    from grader.report.escape import one_line

    outs: tuple[Path, Path] = (arguments.before, arguments.after)
    if outs[0].resolve() == outs[1].resolve():
        raise UsageError(f"{outs[0]} and {outs[1]} are one folder: name the --out folders of two runs")
    language = options.language(arguments.lang, outs[1])
    names = (one_line(str(outs[0])), one_line(str(outs[1])))
    with working("comparing"):
        before, after = (read_class(out) for out in outs)
        text = difference_text(before, after, names, translator(language), width=columns())
        differ = bool(differences(before, after))
    say(text.rstrip("\n"))
    return Ending.FAILED if differ else Ending.PASSED
