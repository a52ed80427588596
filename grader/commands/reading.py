"""Reading of results in an output folder.

A person asks for the class, or for one submission by whatever it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands.base import report_unknown_names
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.model import Result
    from grader.store import Store


def _check_folder(out: Path) -> None:
    from grader.store import FOLDER

    if not (out / FOLDER).is_dir():
        raise UsageError(f"{out} holds no results: name the --out folder of an earlier run")


def _check_graded(out: Path, store: Store) -> None:
    if not store.submissions():
        raise UsageError(f"{out} holds no results yet: grade a submission into it first")


def read_class(out: Path) -> list[Result]:
    """Read a class for display, sorted by name.

    A result that cannot be read is there as a fault of the grader.

    Raises:
        UsageError: `out` holds no results, or its `adjustments.csv` cannot be understood.
    """
    from grader.gradebook import class_of, read_terms
    from grader.store import Store

    _check_folder(out)
    with Store.open(out) as store:
        _check_graded(out, store)
        return class_of(store, terms=read_terms(out))


def stored_results(out: Path) -> list[Result]:
    """Read all results for further use, sorted by name. A misspelt adjustment is reported.

    Raises:
        UsageError: there are none, or one or `adjustments.csv` cannot be read.
    """
    from grader.gradebook import marked, read_terms
    from grader.record import stored_result
    from grader.store import Store

    _check_folder(out)
    results = []
    with Store.open(out) as store:
        _check_graded(out, store)
        for name in store.submissions():
            result = stored_result(store, name)
            if result is None:
                reason = "was written by another version of the grader, or is damaged"
                raise UsageError(f"the result of {name} {reason}: grade it again")
            results.append(result)
        terms = read_terms(out)
        report_unknown_names(terms, [result.submission for result in results])
        return marked(store, results, terms)


def _attempt(out: Path, name: str) -> Result | None:
    """Return the result of an attempt that does not count. None where no such attempt was graded."""
    from grader.gradebook import read_terms
    from grader.record import stored_result
    from grader.store import Store

    with Store.open(out) as store:
        result = stored_result(store, name)
    return None if result is None else read_terms(out).applied(result)


def _matching(results: Iterable[Result], called: str) -> list[Result]:
    """Return results by name, student, number or address. Large and small letters are the same."""
    wanted = called.casefold()
    return [
        result
        for result in results
        if wanted in {text.casefold() for text in (result.submission, *result.identity.student.values())}
    ]


def find_in_class(out: Path, results: Sequence[Result], called: str) -> Result:
    """Find one submission by its or its student's name.

    Args:
        out: the output folder.
        results: the class in it.
        called: the name of a submission, or the name, number or address of its student.

    Raises:
        UsageError: there is none, or there are several.
    """
    from grader.nearest import did_you_mean
    from grader.report.escape import one_line

    exact = [result for result in results if result.submission == called]
    if not exact and (attempt := _attempt(out, called)) is not None:
        return attempt
    found = exact or _matching(results, called)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(one_line(result.submission) for result in found)
        raise UsageError(f"`{called}` may be any of {names}: name one of these")
    meant = did_you_mean(called, [result.submission for result in results])
    raise UsageError(
        f"nobody in {out} is called `{one_line(called)}`{meant or f'; `grader show {out}` lists everybody'}"
    )
