"""The parts of a benchmark. A subject measures in rounds and returns rows of one table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]

Value = TypeVar("Value")


class Unmeasured(Exception):
    """A subject cannot be measured here. The message says why, in one line."""


@dataclass(frozen=True)
class Unit:
    """The unit that a row is compared with. It has a name and one value for each round."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Goal:
    """A bound that a row is to keep. It applies to the ratio where the row has a unit, else to the median."""

    bound: float
    at_most: bool = True

    def reached_by(self, value: float) -> bool:
        """Whether `value` keeps the bound."""
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: name of what was measured.
        values: one for each round. Empty where nothing could be measured.
        measure: what the values count, such as "s".
        unit: what it is compared with, measured in the same rounds.
        wanted: the goal, where there is one.
        remark: text in place of the figures where there are no values.
    """

    what: str
    values: tuple[float, ...]
    measure: str = "s"
    unit: Unit | None = None
    wanted: Goal | None = None
    remark: str = ""

    @property
    def median(self) -> float:
        """The median over the rounds."""
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """Median over the rounds of value divided by unit. None without a unit."""
        if self.unit is None:
            return None
        return statistics.median(mine / other for mine, other in zip(self.values, self.unit.values, strict=True))

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached. None where there is no goal, or nothing was measured."""
        if self.wanted is None or not self.values:
            return None
        return self.wanted.reached_by(self.median if self.ratio is None else self.ratio)


@dataclass(frozen=True)
class Bench:
    """Everything that a subject measures with.

    Args:
        rounds: how often each thing is measured.
        folder: an empty folder to write to. It is removed afterwards.
        cache: a folder that is kept, for what takes long to make.
        sandbox: the backend that submissions run in.
        show: called with the name of what is measured now.
    """

    rounds: int
    folder: Path
    cache: Path
    sandbox: str
    show: Callable[[str], None]

    def each_round(self, what: str) -> Iterator[int]:
        """Count the rounds, and show which one it is."""
        for number in range(self.rounds):
            self.show(f"{what}, round {number + 1} of {self.rounds}")
            yield number

    def in_turns(self, measured: Mapping[str, Callable[[], Value]]) -> dict[str, list[Value]]:
        """Measure each of `measured` once per round. A busy machine then slows all of them alike."""
        found: dict[str, list[Value]] = {name: [] for name in measured}
        for number in range(self.rounds):
            for name, measure in measured.items():
                self.show(f"{name}, round {number + 1} of {self.rounds}")
                found[name].append(measure())
        return found
