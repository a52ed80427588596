"""Misconceptions of a class. Mistakes are grouped by what is behind them; beside them are the tests that fail most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.model import Result, ScoredTest
from grader.report.escape import Translate, markdown_message
from grader.report.mistakes import counted
from grader.report.pages.class_table import Link, link_to, mistake_of, mistakes_to_explain
from grader.report.verdicts import first_mistake, hint_of
from grader.report.words import title


@dataclass(frozen=True)
class Misconception:
    """One thing to explain again.

    Args:
        key: of `mistake_of`; rows of the table carry it.
        tests: the titles of the tests that show it.
        example: the message of one of those who have it, as a line of Markdown.
        of_whom: whose message that is.
        first_for: for how many it is the first thing to repair.
        people: all who have it, in the order of their names.
    """

    key: str
    tests: tuple[str, ...]
    example: str
    of_whom: Link
    first_for: int
    people: tuple[Link, ...]


@dataclass(frozen=True)
class TestCount:
    """How many did not pass a test. `blocked` counts those who could not be judged in it yet."""

    title: str
    category: str
    not_passed: int
    blocked: int
    of: int


def misconceptions(results: Sequence[Result], translate: Translate) -> list[Misconception]:
    """Return misconceptions, the most common first. Of equals, what more have to repair first comes first."""
    found: dict[str, list[tuple[Result, ScoredTest]]] = {}
    for result in counted(results):
        for test in mistakes_to_explain(result):
            found.setdefault(mistake_of(test.verdict), []).append((result, test))
    groups = []
    for key, pairs in found.items():
        example, test = pairs[0]
        people = {result.submission: result for result, _ in pairs}
        groups.append(
            Misconception(
                key=key,
                tests=tuple(dict.fromkeys(title(each.verdict.test, translate) for _, each in pairs)),
                example=markdown_message(translate, *hint_of(test.verdict)),
                of_whom=link_to(example, translate),
                first_for=sum(first_mistake(result) is each for result, each in pairs),
                people=tuple(link_to(result, translate) for result in people.values()),
            )
        )
    return sorted(groups, key=lambda group: (-len(group.people), -group.first_for, group.key))


def test_counts(results: Sequence[Result], translate: Translate) -> list[TestCount]:
    """Return the tests that somebody failed, worst first. A blocked test is no mistake."""
    tests: dict[str, list[ScoredTest]] = {}
    for result in counted(results):
        for test in result.tests:
            tests.setdefault(test.verdict.test, []).append(test)
    counts = []
    for name, of_it in tests.items():
        blocked = sum(test.verdict.status == "blocked" for test in of_it)
        not_passed = sum(test.verdict.status != "passed" for test in of_it) - blocked
        if not_passed:
            category = of_it[0].verdict.category
            counts.append(TestCount(title(name, translate), category, not_passed, blocked, len(of_it)))
    return sorted(counts, key=lambda count: (-count.not_passed, -count.blocked))
