"""`grader merge OUT… -o OUT`: joins several output folders. They are those of shards, or of several machines."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands import options
from grader.commands.base import Ending, ending_of, write_lock
from grader.errors import UsageError
from grader.i18n import LANGUAGES
from grader.telling import say, tell

if TYPE_CHECKING:
    from grader.merging import Joined, Source

DESCRIPTION = (
    "Join the output folders of shards, or of several machines, into one. Of a submission that is in several of them\n"
    "the later result counts; one that is a fault of the grader never replaces another."
)
_NAMED = 5


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the folders and the target."""
    add = parser.add_argument
    add("outs", nargs="+", type=options.path, metavar="OUT", help="an output folder to merge; it is not changed")
    add("-o", "--output", required=True, type=options.path, metavar="OUT", help="the folder for all; may exist")
    what = "of result.json and the overview; feedback files come in every language"
    add("--lang", choices=LANGUAGES, help=f"{what} ({options.AS_ASSIGNED})")


def _folders(outs: list[Path], target: Path) -> list[Path]:
    """Return the folders to merge, each once. The target is no source of its own.

    Raises:
        UsageError: one holds no results, or none is left.
    """
    from grader.store import FOLDER

    for out in outs:
        if not (out / FOLDER).is_dir():
            raise UsageError(f"{out} holds no results: name the --out folders of earlier runs")
    folders = {out.resolve(): out for out in outs}
    folders.pop(target.resolve(), None)
    if not folders:
        raise UsageError(f"{target} is all that there is to merge: name the folders of other runs as well")
    return list(folders.values())


def _names(names: list[str]) -> str:
    from grader.report.escape import one_line

    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(one_line, names[:_NAMED])) + more


def _tell_what_differs(joined: list[Joined], target: Source) -> None:
    from grader.merging import differing_rubrics

    if others := [each.submission for each in joined if each.other_files]:
        tell(f"grader: different files under one name, of which the later result counts: {_names(others)}")
    if differing := differing_rubrics(target.results.values()):
        tell(
            f"grader: not all were judged by the same assignment ({_names(differing)}): "
            f"`grader rejudge {target.out}` judges them alike"
        )


def _tell_of_adjustments(sources: list[Source], target: Source) -> None:
    """Say that adjustments of the parts are not merged.

    Of two lines on one test only the people who wrote them know which counts.
    """
    from grader.adjustments import FILE

    for source in sources:
        if source.out.resolve() != target.out.resolve() and (source.out / FILE).exists():
            tell(f"grader: {source.out / FILE} is not merged: put its lines into {target.out / FILE}")


def _merge_all(sources: list[Source], target: Source, language: str) -> list[Joined]:
    """Merge, show progress, and write the class's files."""
    from grader.commands.waiting import counted, working
    from grader.gradebook import class_of, read_terms
    from grader.i18n import translator
    from grader.merging import merge
    from grader.output import save_batch, save_result

    translate = translator(language)
    terms = read_terms(target.out)
    steps = merge(sources, target, lambda result: save_result(target.out, terms.applied(result), translate))
    total = sum(len(source.results) for source in sources)
    joined = list(counted(steps, "merging", total=total))
    if target.results:
        with working("writing the class's files"):
            save_batch(target.out, class_of(target.store, terms=terms), translate)
    return joined


def _keep_roster(folders: list[Path], out: Path) -> None:
    """Copy a roster where the target has none. It is that of the first folder that has one."""
    from grader.kept_roster import keep_roster, kept_roster

    rosters = (roster for folder in (out, *folders) if (roster := kept_roster(folder)) is not None)
    if (roster := next(rosters, None)) is not None:
        keep_roster(out, roster)


def _summary(joined: list[Joined], total: int) -> str:
    fates: Counter[str] = Counter(each.fate for each in joined)
    counts = (("added", "added"), ("replaced", "replaced by later results"), ("kept", "left as they were"))
    return f"{total} in all: " + ", ".join(f"{fates[fate]} {words}" for fate, words in counts)


def run(arguments: Namespace) -> Ending:
    """Merge the folders, and print how many submissions result.

    Raises:
        UsageError: a folder holds nothing to merge, or what does not go together.
    """
    from grader.commands.waiting import working
    from grader.kept_assignment import keep_assignment, one_assignment
    from grader.merging import check_data_sets, read_source
    from grader.output import check_writable
    from grader.store import Store

    out: Path = arguments.output
    folders = _folders(arguments.outs, out)
    check_writable(out)
    with contextlib.ExitStack() as opened:
        opened.enter_context(write_lock(out))
        keep_assignment(out, one_assignment([out, *folders]))
        language = options.language(arguments.lang, out)
        _keep_roster(folders, out)
        with working("reading"):
            sources = [read_source(folder, opened.enter_context(Store.open(folder))) for folder in folders]
            target = read_source(out, opened.enter_context(Store.open(out)))
        check_data_sets([*sources, target])
        joined = _merge_all(sources, target, language)
        _tell_what_differs(joined, target)
        _tell_of_adjustments(sources, target)
    say(f"{_summary(joined, len(target.results))}\n{out / 'index.html'}")
    return ending_of(result.status for result in target.results.values())
