"""Choice of the submissions for a run.

A run is about all that were found, or those that have not passed a test the last time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.judge.collect import collect
from grader.model import Submission
from grader.nearest import did_you_mean
from grader.record import stored_result
from grader.store import FOLDER, Store


def who_failed(submissions: Sequence[Submission], test: str, out: Path) -> list[Submission]:
    """Return submissions that have not passed `test`.

    The results of an output folder decide; who has no result there is left out.

    Args:
        submissions: what was found.
        test: the id of a hidden test.
        out: the output folder.

    Raises:
        UsageError: there is no such test, or no result yet.
    """
    tests = collect()
    if test not in tests:
        raise UsageError(f"--failed: there is no test `{test}`{did_you_mean(test, tests)}")
    if not (out / FOLDER).is_dir():
        raise UsageError(f"--failed {test}: {out} holds no results yet: grade without it first")
    with Store.open(out) as store:
        results = {submission.name: stored_result(store, submission.name) for submission in submissions}
    return [
        submission
        for submission in submissions
        if (result := results[submission.name]) is not None
        and any(one.verdict.test == test and one.verdict.status != "passed" for one in result.tests)
    ]
