"""Selection of submissions: found, matched with the roster, chosen.

Options choose from all that lies in the named paths.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.telling import tell

if TYPE_CHECKING:
    from grader.model import Submission
    from grader.roster import Roster
    from grader.sharding import Shard


def _with_roster(submissions: Sequence[Submission], roster: Roster) -> list[Submission]:
    """Add what the roster knows of the students. Submissions that it does not know are reported."""
    from grader.intake.naming import shown_list

    known = [replace(submission, identity=roster.known(submission.identity)) for submission in submissions]
    strangers = [submission.name for submission in submissions if None in roster.people_of(submission.identity)]
    if strangers:
        tell(f"grader: {len(strangers)} not in the roster, or ambiguous in it: {shown_list(strangers, most=10)}")
    return known


def find(arguments: Namespace, paths: Sequence[Path], roster: Roster | None) -> list[Submission]:
    """Find the submissions in the named paths.

    First it is checked that results can be written and will lie apart from them.

    Args:
        arguments: of the command line; the folder of results, the roster and the assignment are nobody's work.
        paths: what is to be graded.
        roster: of the course, None where none is given: that of an earlier run counts then.

    Raises:
        UsageError: there is nothing to grade, or nowhere to write.
    """
    from grader.intake import discover
    from grader.kept_roster import keep_roster, kept_roster
    from grader.output import check_apart, check_writable

    out: Path = arguments.out
    aside = list(filter(None, [out, arguments.roster and arguments.roster.path, arguments.assignment]))
    submissions = discover(paths, skip=aside, attempts=arguments.attempts)
    check_apart(out, paths, submissions)
    check_writable(out)
    if roster is not None:
        keep_roster(out, roster)
    elif (roster := kept_roster(out)) is None:
        return submissions
    return _with_roster(submissions, roster)


def _handle_empty_shard(shard: Shard, out: Path) -> None:
    """Handle a shard without submissions. There are fewer submissions than shards then."""
    from grader.store import Store

    Store.open(out).close()  # a store to be merged, as the other parts have one
    tell(f"grader: --shard {shard}: there are fewer submissions than shards, and none is in this one")


def choose(arguments: Namespace, submissions: list[Submission]) -> list[Submission]:
    """Return the submissions that the options ask for. A message says so where there are none.

    Raises:
        UsageError: `--failed` names no test, or there are no results yet.
    """
    if arguments.failed is not None:
        from grader.choosing import who_failed

        submissions = who_failed(submissions, arguments.failed, arguments.out)
        if not submissions:
            tell(f"grader: --failed {arguments.failed}: everybody here has passed it, or has no result yet")
            return []
    shard: Shard | None = arguments.shard
    if shard is not None and not (submissions := shard.of(submissions)):
        _handle_empty_shard(shard, arguments.out)
    return submissions
