"""`grader rejudge OUT`: judges stored observations again. It lists whose final score changes."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands import options
from grader.commands.assigned import add_assignment, for_results_in
from grader.commands.base import Ending, report_unknown_names, write_lock
from grader.errors import UsageError
from grader.telling import say, tell

if TYPE_CHECKING:
    from grader.assignment import Assignment, AssignmentFile
    from grader.gradebook import Terms
    from grader.rejudging import Rejudged, Tests
    from grader.store import Store

DESCRIPTION = "Judge stored observations again, without running any submission."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the folder, and whether to write."""
    parser.add_argument("out", type=options.path, metavar="OUT", help="the output folder of an earlier run")
    add_assignment(parser, "$GRADER_ASSIGNMENT, then the one that OUT was graded by")
    parser.add_argument("--dry-run", action="store_true", help="only show whose final score would change")


def _old_scores(out: Path) -> dict[str, str]:
    """Read the final scores in `grades.csv`, which are the ones to be replaced. Empty where there are none."""
    from grader.report.csv import final_scores

    try:
        return final_scores((out / "grades.csv").read_bytes())
    except OSError:
        return {}


def _shown(score: str) -> str:
    return score or "none"


def _tell_what_is_kept(all_rejudged: list[Rejudged]) -> None:
    from grader.report.escape import one_line

    for each in all_rejudged:
        if each.why_kept is not None:
            name, why = one_line(each.submission), one_line(each.why_kept)
            tell(f"grader: {name} keeps the result it has: {why}")
    for test, count in Counter(test for each in all_rejudged for test in each.unseen).items():
        tell(
            f"grader: {test} could not be judged for {count} of {len(all_rejudged)}: what it looks at was not "
            "observed then; grade them again"
        )


def _changes(out: Path, store: Store, all_rejudged: list[Rejudged], terms: Terms, unwritten: str | None) -> list[str]:
    """List changed final scores, with counts at the end.

    It has to be called before the old ones are written over. Who has no row in `grades.csv` is compared with the store.
    """
    from grader.record import stored_result
    from grader.report.adjusted import is_changed
    from grader.report.csv import final_score
    from grader.report.escape import csv_cell, one_line

    lines, in_table = [], _old_scores(out)
    new = [each.new for each in all_rejudged if each.new is not None]
    for result in new:
        before, after = in_table.get(csv_cell(result.submission)), final_score(terms.applied(result))
        if before is None:
            stored = stored_result(store, result.submission)
            before = "" if stored is None else final_score(terms.applied(stored))
        if before != after:
            lines.append(f"{one_line(result.submission)}: {_shown(before)} → {_shown(after)}")
    kept = len(all_rejudged) - len(new)
    parts = [f"{len(new)} judged again, {len(lines)} changed"]
    parts += [f"{kept} left as they are"] if kept else []
    adjusted = sum(is_changed(terms.applied(each.result)) for each in all_rejudged if each.result is not None)
    parts += [f"{adjusted} adjusted or late"] if adjusted else []
    parts += [f"nothing written ({unwritten})"] if unwritten else []
    return [*lines, ", ".join(parts)]


def _obstacle(all_rejudged: list[Rejudged]) -> str | None:
    """Return why no grade book can be written. Somebody would be missing in it; None where nobody would."""
    from grader.report.escape import one_line

    unreadable = [each.submission for each in all_rejudged if each.result is None]
    if not unreadable:
        return None
    name = one_line(unreadable[0])
    return f"the result of {name} cannot be read, it would be missing in grades.csv: grade it again first"


def _write(out: Path, store: Store, all_rejudged: list[Rejudged], assignment: Assignment, terms: Terms) -> None:
    from grader.commands.waiting import counted, working
    from grader.gradebook import marked
    from grader.i18n import translator
    from grader.output import save_batch, save_result
    from grader.protocol.codec import encode

    translate = translator(assignment.language)
    for each in counted(all_rejudged, "writing"):
        if each.new is not None:
            store.put_result(each.submission, encode(each.new))
            save_result(out, terms.applied(each.new), translate)
    standing = [each.result for each in all_rejudged if each.result is not None]
    report_unknown_names(terms, [each.submission for each in all_rejudged])
    with working("writing the class's files"):
        save_batch(out, marked(store, standing, terms), translate)


def _all_again(store: Store, assignment: Assignment, tests: Tests) -> list[Rejudged]:
    from grader.commands.waiting import counted
    from grader.rejudging import judge_again
    from grader.report.order import natural

    again = judge_again(store, assignment, tests)
    total = len(store.submissions())
    return sorted(counted(again, "judging", total=total), key=lambda each: natural(each.submission))


def rejudge(
    out: Path, assignment: Assignment, tests: Tests, *, dry_run: bool, given: AssignmentFile | None = None
) -> Ending:
    """Judge everything in `out` again and print changes. The new results are written unless `dry_run`.

    Shown are final scores, as in `grades.csv`: with what people have said, less what lateness takes off.
    `given` is the file of the assignment, which the folder keeps from now on; None for the one that comes with the
    grader.

    Returns:
        A fault where a submission could not be judged again and keeps the result it has.
    """
    from grader.gradebook import read_terms
    from grader.kept_assignment import keep_assignment
    from grader.store import Store

    writing = contextlib.nullcontext() if dry_run else write_lock(out)
    with writing, Store.open(out) as store:
        terms = read_terms(out, assignment)
        all_rejudged = _all_again(store, assignment, tests)
        _tell_what_is_kept(all_rejudged)
        unwritten = "--dry-run" if dry_run else _obstacle(all_rejudged)
        changes = _changes(out, store, all_rejudged, terms, unwritten)
        if unwritten is None:
            keep_assignment(out, given)
            _write(out, store, all_rejudged, assignment, terms)
    say("\n".join(changes))
    return Ending.FAULT if any(each.why_kept is not None for each in all_rejudged) else Ending.PASSED


def run(arguments: Namespace) -> Ending:
    """Judge again by the current tests and assignment.

    Raises:
        UsageError: nothing is stored there.
    """
    from grader.assignment import assignment_in
    from grader.judge.collect import collect
    from grader.store import FOLDER

    out: Path = arguments.out
    if not (out / FOLDER).is_dir():
        raise UsageError(f"{out} holds no stored observations: name the --out folder of an earlier run")
    tests = collect()
    given = for_results_in(out, arguments)
    assignment = assignment_in(given, tests=frozenset(tests))
    return rejudge(out, assignment, tests, dry_run=arguments.dry_run, given=given)
