"""A result as the few lines that a grade book on GitHub shows: a part for each category, and points that add up."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.errors import UsageError
from grader.final import Final
from grader.i18n import LANGUAGES
from grader.model import Result, ScoredTest
from grader.nearest import did_you_mean
from grader.report.escape import Translate, one_line
from grader.report.markdown import trial_note
from grader.report.points import Points, by_category, shown, to_cents, total
from grader.report.words import said, title


@dataclass(frozen=True)
class Part:
    """One category of a result.

    Args:
        name: in one language.
        points: earned and possible.
        passed: whether every test of it passed.
        advice: what to do first, on one line of plain text; "" where all passed.
    """

    name: str
    points: Points
    passed: bool
    advice: str


def add_arguments(parser: ArgumentParser) -> None:
    """Declare which of several submissions is meant, and in which language."""
    parser.add_argument("--submission", metavar="NAME", help="which, where the folder holds several")
    parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of names and messages")


def the_one(results: Sequence[Result], name: str | None, target: str) -> Result:
    """The result that is meant: the one called `name`, or the only one.

    Raises:
        UsageError: there are several and none is named, or none is called so.
    """
    if name is None:
        if len(results) == 1:
            return results[0]
        raise UsageError(f"{target} takes one submission, and here are {len(results)}: name one with --submission")
    for result in results:
        if result.submission == name:
            return result
    meant = did_you_mean(name, [result.submission for result in results])
    raise UsageError(f"there is no submission `{one_line(name)}` here{meant}")


def _advice(tests: Sequence[ScoredTest], translate: Translate) -> str:
    """What the first test says that did not pass; one that was judged comes before those that wait."""
    missed = [test.verdict for test in tests if test.verdict.status != "passed"]
    missed.sort(key=lambda verdict: verdict.status == "blocked")
    return one_line(f"{title(missed[0].test, translate)}: {said(missed[0], translate)}", 600) if missed else ""


def parts_of(result: Result, final: Final, translate: Translate) -> list[Part]:
    """The categories of `result` with the points that they have in the end."""
    grouped = by_category(replace(result, tests=final.tests))
    return [
        Part(
            translate(f"report/category-{name}", {}),
            total(tests),
            all(test.verdict.status == "passed" for test in tests),
            _advice(tests, translate),
        )
        for name, tests in grouped.items()
    ]


def trial(result: Result, translate: Translate) -> str:
    """That a result on the embedded digits decides no grade; "" where it is one on MNIST."""
    return " ".join(note.removeprefix("> ") for note in trial_note(result.provenance, translate))


def left_over(final: Final, parts: Sequence[Part]) -> int:
    """Hundredths by which the grade is more than its parts: what people and lateness did to the total."""
    if final.score is None:
        return 0
    return to_cents(final.score) - sum(part.points.cents for part in parts)


def signed(cents: int) -> str:
    """Hundredths as points that are added or taken off: "+2.5", "−3"."""
    return f"{'+' if cents > 0 else '−'}{shown(abs(cents) / 100)}"
