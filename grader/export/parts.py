"""A result in a few lines, for GitHub's grade books. There is a part for each category, and the points add up."""

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
    """Declare `--submission` and `--lang`."""
    parser.add_argument("--submission", metavar="NAME", help="which, where the folder holds several")
    parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of names and messages (default: en)")


def select_result(results: Sequence[Result], name: str | None, target: str) -> Result:
    """Return the result called `name`, or the only one.

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
    """Return the first failed test's message. One that was judged comes before those that are blocked."""
    missed = [test.verdict for test in tests if test.verdict.status != "passed"]
    missed.sort(key=lambda verdict: verdict.status == "blocked")
    return one_line(f"{title(missed[0].test, translate)}: {said(missed[0], translate)}", 600) if missed else ""


def parts_of(result: Result, final: Final, translate: Translate) -> list[Part]:
    """Return the categories with their final points."""
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
    """Return the note that a trial is no grade. A trial is a result on the embedded digits; "" for one on MNIST."""
    return " ".join(note.removeprefix("> ") for note in trial_note(result.provenance, translate))


def unassigned_cents(final: Final, parts: Sequence[Part]) -> int:
    """Return the grade minus its parts, in hundredths. The difference comes from adjustments and lateness."""
    if final.score is None:
        return 0
    return to_cents(final.score) - sum(part.points.cents for part in parts)


def signed(cents: int) -> str:
    """Format hundredths as a signed difference: "+2.5", "−3"."""
    return f"{'+' if cents > 0 else '−'}{shown(abs(cents) / 100)}"
