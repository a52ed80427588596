"""The machine decides how many submissions run at a time. A table of machines shows it."""

from __future__ import annotations

import pytest

from grader.schedule.capacity import Capacity, choose
from grader.schedule.machine import UNKNOWN_CARD, Card, Machine

GIB = 1 << 30
LIMIT = 4 * GIB


def chosen(machine: Machine, submissions: int = 100, wanted: int | None = None) -> Capacity:
    """Choose a capacity. Each submission may use four gibibytes."""
    return choose(machine, submissions, memory_bytes=LIMIT, wanted=wanted)


@pytest.mark.parametrize(
    ("machine", "submissions", "jobs", "threads", "factor"),
    [
        (Machine(1), 30, 1, 1, 1.0),
        (Machine(2), 30, 2, 1, 2.0),
        (Machine(2), 1, 1, 2, 1.0),
        (Machine(16), 30, 16, 1, 2.0),
        (Machine(16), 3, 3, 4, 1.0),
        (Machine(16), 8, 8, 2, 1.0),
        (Machine(64), 1, 1, 4, 1.0),
        (Machine(8), 0, 1, 4, 1.0),
        (Machine(8, 32 * GIB), 30, 8, 1, 2.0),
        (Machine(8, 8 * GIB), 30, 3, 2, 1.0),
        (Machine(8, 4 * GIB), 30, 1, 4, 1.0),
        (Machine(8, GIB), 30, 1, 4, 1.0),
        (Machine(8, 0), 30, 1, 4, 1.0),
    ],
    ids=str,
)
def test_a_number_is_chosen(machine: Machine, submissions: int, jobs: int, threads: int, factor: float) -> None:
    """The number of jobs follows processors, memory and submissions.

    Where processors are left over, each job has more threads.
    """
    assert chosen(machine, submissions) == Capacity(jobs, threads, factor)


@pytest.mark.parametrize(
    ("processors", "wanted", "submissions", "expected"),
    [
        (8, 4, 30, Capacity(4, 2)),
        (8, 1, 30, Capacity(1, 4)),
        (2, 8, 30, Capacity(8, 1, 8.0)),
        (1, 4, 30, Capacity(4, 1, 4.0)),
        (8, 1000, 3, Capacity(3, 2)),
    ],
)
def test_a_number_that_is_named_is_taken(processors: int, wanted: int, submissions: int, expected: Capacity) -> None:
    """A number of jobs that is named is used.

    Memory does not change it, and it is never above the number of submissions. A job with a smaller part of the
    processors gets more time.
    """
    assert chosen(Machine(processors, GIB), submissions, wanted) == expected


@pytest.mark.parametrize(
    ("card", "jobs"),
    [
        (Card(80 * GIB, 80 * GIB), 16),
        (Card(24 * GIB, 23 * GIB), 5),
        (Card(12 * GIB, 11 * GIB), 2),
        (Card(8 * GIB, 7 * GIB), 1),
        (Card(4 * GIB, 2 * GIB), 1),
        (UNKNOWN_CARD, 1),
        (Card(24 * GIB, 0), 1),
    ],
    ids=str,
)
def test_a_card_is_shared(card: Card, jobs: int) -> None:
    """Trainings share a card, each with at least four gibibytes.

    All of them and CUDA together use no more than is free.
    """
    capacity = chosen(Machine(16, 128 * GIB, card))
    assert capacity.jobs == jobs
    if jobs == 1:
        assert capacity.card_share == 1.0
    else:
        context = GIB // 2
        assert jobs * (capacity.card_share * card.total_bytes + context) <= card.free_bytes + 1
        assert capacity.card_share * card.total_bytes >= LIMIT - 1


def test_more_than_the_card_holds_are_refused_memory_and_not_the_machine() -> None:
    """A card's share is never negative. A number that is named may leave nothing of the card."""
    assert chosen(Machine(16, None, Card(8 * GIB, 4 * GIB)), wanted=16).card_share == 0.0


def test_a_card_of_which_nothing_is_known_is_shared_as_it_comes() -> None:
    """An unknown card is shared where a number is named. Otherwise one job has it for itself."""
    assert chosen(Machine(8, 64 * GIB, UNKNOWN_CARD), wanted=4).card_share == 1.0
