"""All subjects by name. To add one, add a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.late import late
from tests.benchmarks.base import Bench, Row


@dataclass(frozen=True)
class Subject:
    """One entry of the registry: something that can be measured.

    Args:
        place: "module:function" in this package. The function takes a `Bench` and returns rows.
        about: a few words on what its rows show.
        slow: whether it is measured only when named.
    """

    place: str
    about: str
    slow: bool = False

    def measure(self, bench: Bench) -> Sequence[Row]:
        """Import the subject's module and measure.

        Raises:
            Unmeasured: it cannot be measured here.
        """
        rows: Sequence[Row] = late(f"{__package__}.{self.place}")(bench)
        return rows


SUBJECTS: Mapping[str, Subject] = {
    "start-up": Subject("starting:measure", "how soon the command answers"),
    "overhead": Subject("overhead:measure", "what grading costs beside the training"),
    "students": Subject("students:measure", "how soon students get an answer, also beside other programs", slow=True),
    "loader": Subject("loader:measure", "images a second, and the loader's share of a step"),
    "pages": Subject("pages:measure", "how long the pages of 1,000 students take"),
    "class": Subject("class_page:measure", "the page of a class of 1,000: made, opened, searched, sorted"),
    "jobs": Subject("jobs:measure", "what --jobs 2 brings", slow=True),
    "cached": Subject("cached:measure_few", "20 and 200 unchanged submissions again"),
    "cached-2000": Subject("cached:measure_many", "2,000 of them", slow=True),
    "training": Subject("training:measure", "processor seconds to 99 % on MNIST", slow=True),
    "others": Subject("others:measure", "beside nbgrader and otter-grader", slow=True),
}
"""All subjects, in the order of the table."""
