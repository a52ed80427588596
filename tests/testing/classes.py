"""A made-up class with results.

Most are right, some share a mistake, and each list of the class page has its people.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.model import Adjustment, Identity, Lateness, Metrics, Result, ScoredTest
from tests.testing.results import PROVENANCE, scored

NAMES = "Anna Petrova|Boris Ivanov|Пётр Ёлкин|José Núñez|Li Wei|Мария Кузнецова|Noor Haddad|Kwame Mensah".split("|")

MISTAKES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("training/own-gradient", "training/gradients-not-cleared", {}),
    ("objective/fits-scores", "objective/softmax-twice", {}),
    ("dropout/off-in-eval", "dropout/on-in-eval", {}),
    ("dropout/scaling", "dropout/not-scaled", {"p": 0.2, "expected": 1.25}),
    ("training/epochs", "training/epochs", {"got": 1, "expected": 15}),
)
"""Mistakes by test, with hint and data, most frequent first."""

_WORTH = {
    "structure/loads": 20.0,
    "dropout/off-in-eval": 9.0,
    "dropout/scaling": 6.0,
    "objective/fits-scores": 15.0,
    "training/own-gradient": 15.0,
    "training/epochs": 5.0,
    "accuracy/target": 30.0,
    "integrity/untrained": 0.0,
}


def _tests(mistakes: Mapping[str, tuple[str, Mapping[str, Any]]], correct: int) -> tuple[ScoredTest, ...]:
    tests = []
    for test, worth in _WORTH.items():
        if test in mistakes:
            hint, data = mistakes[test]
            tests.append(scored(test, "failed", (0.0, worth), hint=hint, data=data))
        elif test == "accuracy/target" and correct < 9900:
            points = 15.0 if correct >= 9800 else 7.0
            tests.append(
                scored(
                    test,
                    "failed",
                    (points, worth),
                    data={"accuracy": correct / 100, "bar": 99, "right": correct, "total": 10_000},
                )
            )
        else:
            tests.append(scored(test, points=(worth, worth)))
    return tuple(tests)


def member(number: int, chance: random.Random) -> Result:
    """Make the result of one student. The further down the list of mistakes, the rarer each is."""
    mine = {
        test: (hint, data)
        for i, (test, hint, data) in enumerate(MISTAKES)
        if chance.random() < 0.3 / (i + 1)  # in a large class, the order of the list is the page's
    }
    correct = min(9960, int(chance.gauss(9905 if not mine else 9700, 25 if not mine else 150)))
    tests = _tests(mine, correct)
    score = sum(test.score for test in tests)
    return Result(
        Identity(f"s{number}", {"id": str(10_000 + number), "name": f"{NAMES[number % len(NAMES)]} {number}"}),
        "passed" if score == 100 else "failed",
        score,
        100.0,
        tests,
        Metrics(accuracy=correct / 10_000, correct=correct, test_size=10_000, epochs=15, train_loss=(0.5, 0.2)),
        replace(PROVENANCE, seconds=chance.uniform(40, 200)),
    )


def a_class(size: int = 24) -> list[Result]:
    """Make results of `size` students, at least 12: s1, s2, ….

    s2 is flagged with a note for staff, s3 is late, s4 adjusted, s5 excused, s6 not in the last run, s7 a trial on the
    digits, s8 handed in twice, s9 is a fault of the grader, s10 has a note for staff of another kind.
    """
    chance = random.Random(7)
    people = [member(number, chance) for number in range(1, size + 1)]

    def change(number: int, **fields: Any) -> None:
        people[number - 1] = replace(people[number - 1], **fields)

    flagged = scored(
        "integrity/untrained", "failed", (0.0, 0.0), data={"got": 97.0, "most": 60.0}, staff_note="97 % before training"
    )
    noted = scored("structure/loads", points=(20.0, 20.0), staff_note="7.1 KB in weights.py")
    change(2, flags=("integrity/untrained",), tests=(*people[1].tests[:-1], flagged))
    change(3, lateness=Lateness(2, 10.0))
    change(4, adjustments=(Adjustment("training/epochs", 2.0, relative=True, comment="as agreed", by="N. N."),))
    change(5, adjustments=(Adjustment(excused=True, comment="ill"),))
    change(6, in_last_run=False)
    change(7, provenance=replace(people[6].provenance, dataset="digits", threshold=0.97))
    change(8, identity=replace(people[7].identity, earlier_attempts=("try1", "try2")))
    change(9, status="grader_error", score=None, tests=(), metrics=Metrics(), fault="the disk is full")
    change(10, tests=(noted, *people[9].tests[1:]))
    return people
