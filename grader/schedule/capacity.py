"""Choice of how many submissions run at once. It includes the threads of each, and how much of a card each gets.

Pure: what the machine has is read elsewhere (`machine.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.schedule.machine import UNKNOWN_CARD, Card, Machine

_MEBIBYTE, _GIBIBYTE = 1 << 20, 1 << 30
REFERENCE_PROCESSORS = 2
"""Processors of the reference machine. The limits of `assignment.toml` are meant for it."""
MOST_THREADS = 4
"""Maximum threads of one training. Its steps are too short for more to be worth waiting for each other."""
USUAL_BYTES = 3 * _GIBIBYTE // 2
"""Usual memory of one submission.

Worker, data and scratch files are included, and nearly all submissions stay below.
"""
CONTEXT_BYTES = 512 * _MEBIBYTE
"""Card memory that CUDA takes for each process. torch does not count it."""


@dataclass(frozen=True)
class Capacity:
    """The chosen numbers of jobs and threads.

    Args:
        jobs: submissions at a time.
        threads: processor threads of each.
        time_factor: by what to multiply the time limits of each, at least 1.0: it may have less of the processors than
            it would have on the reference machine, and no grade must depend on how many are executed at a time.
        card_share: of the memory of the card, the part that each may take; 1.0 for all.
    """

    jobs: int
    threads: int
    time_factor: float = 1.0
    card_share: float = 1.0


def _that_fit(available: int, most_bytes: int, usual_bytes: int) -> int:
    """Return how many submissions fit into memory.

    One may take as much as it is allowed to, each of the others what is usual.
    """
    return 1 + max(0, available - most_bytes) // usual_bytes


def _jobs(machine: Machine, memory_bytes: int) -> int:
    jobs = machine.processors
    if machine.memory_bytes is not None:
        jobs = min(jobs, _that_fit(machine.memory_bytes, memory_bytes, min(USUAL_BYTES, memory_bytes)))
    if machine.card is not None:  # each gets as much of the card's memory as it may take of the machine's own
        jobs = min(jobs, machine.card.free_bytes // (memory_bytes + CONTEXT_BYTES))
    return max(1, jobs)


def _card_share(card: Card | None, jobs: int) -> float:
    """Return each job's share of the card's memory.

    torch may take it: an equal part of what is free, less CUDA's.
    """
    if card is None or card == UNKNOWN_CARD or jobs == 1:
        return 1.0
    each = card.free_bytes // jobs - CONTEXT_BYTES
    return min(1.0, max(each, 0) / card.total_bytes)


def _time_factor(processors: int, jobs: int, threads: int) -> float:
    """Return the time factor for sharing the processors. Alone, a job would have as many as the reference machine has.

    That a machine has fewer than that one is in `calibrate.machine_factor`.
    """
    return max(1.0, min(REFERENCE_PROCESSORS, processors) / min(threads, processors / jobs))


def choose(machine: Machine, submissions: int, *, memory_bytes: int, wanted: int | None = None) -> Capacity:
    """Choose how many submissions run at once.

    Small trainings side by side take less of the processors than threads that wait for each other: so there are as
    many submissions at a time as fit, and threads only where processors are left over.

    Args:
        machine: what may be used.
        submissions: how many there are to execute; never more at a time.
        memory_bytes: the bound on the memory of each.
        wanted: the number that somebody asked for, whatever the machine has; None to choose one.
    """
    jobs = max(1, min(_jobs(machine, memory_bytes) if wanted is None else wanted, submissions))
    threads = max(1, min(machine.processors // jobs, MOST_THREADS))
    return Capacity(
        jobs,
        threads,
        _time_factor(machine.processors, jobs, threads),
        _card_share(machine.card, jobs),
    )


def of_a_node() -> Capacity:
    """Return the capacity of a cluster's node.

    The cluster decides how many tasks there are at a time, one processor each.
    """
    return Capacity(jobs=1, threads=1, time_factor=float(REFERENCE_PROCESSORS))
