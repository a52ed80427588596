"""Puts the end of a run into words. It says what to do in which order, points, and the next step."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .verdict import Verdict

FULL_TRAINING = "full/training"
_LOADS = "structure/loads"
_WIDEST = 100


def wrapped(line: str, columns: int | None) -> list[str]:
    """Wrap `line` to at most `columns`.

    Further lines are indented below its number; it stays as it is where `columns` is None.

    Words stay whole. A log of CI has no width: its viewer wraps, and each message stays one line to search.
    """
    if columns is None or not line.strip():
        return [line]
    indent = re.match(r"\d+\. |\s*", line)
    return textwrap.wrap(
        line,
        min(columns, _WIDEST),
        subsequent_indent=" " * len(indent[0] if indent else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )


@dataclass(frozen=True)
class Ending:
    """The state of a run, told in one language.

    Args:
        words: puts a message id and its data into words.
        about: `about.json`, the assignment.
        verdicts: by test, of the tests that have run.
        others: lines on each failure that no message tells of, by pytest's name of the test.
        skipped: lines on tests that were left out.
        ended: a line that says why the run stops here; empty where it did not stop early.
    """

    words: Callable[[str, Mapping[str, object]], str]
    about: Mapping[str, Any]
    verdicts: Mapping[str, Verdict]
    others: Mapping[str, list[str]]
    skipped: Sequence[str] = ()
    ended: str = ""

    def count(self, status: str) -> int:
        """Count the quick tests with a status."""
        return sum(v.status == status for test, v in self.verdicts.items() if test in self.about["points"])

    def todo(self) -> list[Verdict]:
        """List failures in the order of work.

        First come unreadable or missing modules, then unwritten parts, each once, then the rest.

        What stops the training for real is among it only where no quick test has named it.
        """
        failed = [v for v in self.verdicts.values() if v.status not in ("passed", "blocked")]
        named = {v.data.get("where") for v in failed if v.test != FULL_TRAINING and "where" in v.data}
        failed = [v for v in failed if v.test != FULL_TRAINING or v.data.get("where") not in named]
        unwritten = {str(v.data): v for v in failed if v.hint == "outcome/not-implemented"}
        written = [v for v in failed if v.hint != "outcome/not-implemented"]
        unreadable = [v for v in written if v.test == _LOADS]
        return [*unreadable, *unwritten.values(), *(v for v in written if v.test != _LOADS)]

    def points(self) -> list[str]:
        """Write the points of the tests that ran.

        They stand by category, in all, and with a line on points that are not among them.
        """
        worth: Mapping[str, float] = self.about["points"]
        rows = []
        for category in self.about["categories"]:
            ran = [test for test in worth if test.startswith(f"{category}/") and test in self.verdicts]
            if ran:
                rows.append((self.words(f"report/category-{category}", {}), *self._sum(ran)))
        if not rows:
            return []
        ran = [test for test in worth if test in self.verdicts]
        total = "student/points-all" if len(ran) == len(worth) else "student/points-some"
        rows.append((self.words(total, {}), *self._sum(ran)))
        widest = max(len(name) for name, _, _ in rows)
        lines = [
            f"{name.ljust(widest)}  {self.words('student/points', {'got': got, 'most': most})}"
            for name, got, most in rows
        ]
        return [*lines, self.words("student/points-rest", {"rest": float(self.about["hidden"]["points"])})]

    def _sum(self, tests: Sequence[str]) -> tuple[float, float]:
        """Sum earned and possible points of `tests`."""
        worth = self.about["points"]
        return sum(worth[t] * self.verdicts[t].fraction for t in tests), float(sum(worth[t] for t in tests))

    def next_step(self) -> str:
        """Return the sentence on what to do next. It is empty where no test of the assignment has run."""
        if not self.verdicts:
            return ""
        if self.others or any(v.status != "passed" for v in self.verdicts.values()):
            return self.words("student/next-todo", {})
        quick = [test for test in self.about["points"] if test in self.verdicts]
        if FULL_TRAINING in self.verdicts:
            return self.words("student/next-hand-in", {})
        if len(quick) < len(self.about["points"]):
            return self.words("student/next-all-tests", {})
        return self.words("student/watch-all", {"total": len(quick)})

    def sections(self) -> list[tuple[str, list[str]]]:
        """List titles and lines in their order."""
        sections = list(self.others.items())
        todo = [
            f"{number}. [{verdict.test}] {self.words(verdict.hint or '', verdict.data)}"
            for number, verdict in enumerate(self.todo(), start=1)
        ]
        if blocked := self.count("blocked"):
            todo.append(self.words("student/blocked", {"n": blocked}))
        if self.ended:
            todo.append(self.ended)
        if todo:
            sections.append((self.words("student/todo-title", {}), todo))
        if points := self.points():
            sections.append((self.words("student/points-title", {}), points))
        if last := [*self.skipped, *filter(None, [self.next_step()])]:
            sections.append((self.words("student/next-title", {}), last))
        return sections

    def text(self, columns: int | None) -> str:
        """Join all sections to one text. It looks as pytest would show them."""
        lines = []
        for title, body in self.sections():
            lines.append(f" {title} ".center(columns or 80, "="))
            lines += [part for line in body for part in wrapped(line, columns)]
        return "\n".join(lines)
