"""An output folder is a class: the latest result of everybody in it, whoever was graded last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from grader.model import Identity, Metrics, Provenance, Result
from grader.record import stored_result
from grader.report.order import in_order
from grader.store import Store

_UNKNOWN = Provenance(
    grader="",
    torch="",
    dataset="",
    threshold=0.0,
    seed=0,
    device="",
    sandbox="",
    started="",
    seconds=0.0,
    submission_sha256="",
)


def _unreadable(submission: str) -> Result:
    """In place of a result that another version has stored, or the disk has damaged."""
    fault = "the result that is stored cannot be read: grade it again"
    return Result(Identity(submission), "grader_error", None, 0.0, (), Metrics(), _UNKNOWN, fault=fault)


def marked(store: Store, results: Iterable[Result]) -> list[Result]:
    """`results` in the order of their names, each with whether it is of the last run into the folder of `store`."""
    latest = store.in_last_run()
    return in_order(replace(result, in_last_run=result.submission in latest) for result in results)


def class_of(store: Store, results: Iterable[Result] = ()) -> list[Result]:
    """What stands of everybody in `store`, in the order of their names.

    Args:
        store: of an output folder.
        results: of the run that has just ended; those that the store could not take are there all the same.
    """
    names = store.submissions()
    standing = [stored_result(store, name) or _unreadable(name) for name in names]
    known = set(names)
    unsaved = [result for result in results if result.submission not in known]
    return in_order([*marked(store, standing), *unsaved])
