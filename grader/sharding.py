"""Shards: parts of a batch that are graded apart. Several machines grade them, or the jobs of an array or a matrix.

A shard is every N-th submission in the order of their names, compared letter by letter. So each submission of a folder
is in exactly one of N shards, whoever asks and wherever; the sizes of shards differ by one at the most; and neighbours,
who may be alike, are in different ones. A submission that is added moves those after it to other shards: all shards of
a run have to see the same folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.model import Submission


@dataclass(frozen=True)
class Shard:
    """The `number`-th of `count` parts, counted from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        """Return it as on a command line."""
        return f"{self.number}/{self.count}"

    def of(self, submissions: Sequence[Submission]) -> list[Submission]:
        """Return the submissions in this shard."""
        return sorted(submissions, key=lambda submission: submission.name)[self.number - 1 :: self.count]
