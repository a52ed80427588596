"""The most common first mistakes of a class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from grader.model import Result, Verdict
from grader.report.verdicts import first_mistake, hint_of


@dataclass(frozen=True)
class Mistake:
    """A mistake that somebody has to repair first.

    Args:
        hint: the id of its message.
        example: the verdict of the first who made it; its message may say more than is true of all.
        results: of all who made it, in the order in which they were given.
    """

    hint: str
    example: Verdict
    results: tuple[Result, ...]


def counted(results: Sequence[Result]) -> Sequence[Result]:
    """Return the grades, or all where there are none. Trials count only in the second case."""
    return [result for result in results if result.is_grade] or results


def common_mistakes(results: Sequence[Result]) -> list[Mistake]:
    """Return first mistakes, the most frequent first."""
    examples: dict[str, Verdict] = {}
    having: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        first = first_mistake(result)
        if first is not None:
            hint = hint_of(first.verdict)[0]
            examples.setdefault(hint, first.verdict)
            having[hint].append(result)
    by_number = sorted(having.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Mistake(hint, examples[hint], tuple(those)) for hint, those in by_number]
