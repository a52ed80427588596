"""What is told on stderr while submissions are graded: a bar on a terminal, and a line for each that is done."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from grader.legible import legible
from grader.telling import tell

if TYPE_CHECKING:
    from grader.policy import Attempt
    from grader.protocol.messages import Progress
    from grader.report.escape import Translate
    from grader.work import Work


class Account:
    """One bar for all submissions with what runs behind it, where stderr is a terminal; and lines, which stay.

    Args:
        total: the number of submissions. Of a single one no line says that it is done: all about it follows at once.
        threshold: the goal of the accuracy.
        translate: makes the words, in one language.
    """

    def __init__(self, total: int, threshold: float, translate: Translate) -> None:
        from tqdm import tqdm

        self._several, self._threshold, self._translate = total > 1, threshold, translate
        self._bar = tqdm(total=total, unit="submission", file=sys.stderr, disable=None, leave=False, dynamic_ncols=True)

    def _tell(self, line: str) -> None:
        """Write a line above the bar."""
        with self._bar.external_write_mode(file=sys.stderr):
            tell(line)

    def hear(self, submission: str, phase: str, progress: Progress | None) -> None:
        """Show what runs."""
        where = phase
        if progress is not None:
            epoch = min(progress.epoch, progress.n_epochs)
            where = f"{phase} epoch {epoch}/{progress.n_epochs} batch {progress.batch}/{progress.batches}"
        self._bar.set_description_str(f"{legible(submission)}: {where}", refresh=True)

    def begin(self, work: Work) -> None:
        """Say why a submission is executed more than once."""
        if work.attempts:
            self._tell(self._again(work, work.attempts[-1]))

    def _again(self, work: Work, last: Attempt) -> str:
        from grader.report.escape import one_line
        from grader.report.markdown import percent
        from grader.report.points import shown

        name, standing = one_line(work.name), work.standing
        if last.faulty or standing is None or standing.accuracy is None or work.job is None:
            return self._translate("report/again", {"submission": name, "fault": one_line(last.execution.fault or "")})
        near_miss = {"accuracy": percent(standing.accuracy), "threshold": shown(100 * self._threshold)}
        return self._translate("report/retrain", {"submission": name, **near_miss, "seed": work.job.seed})

    def done(self, work: Work) -> None:
        """Count one submission, and say what came of it."""
        from grader.report.line import finished

        self._bar.update()
        if self._several:
            self._tell(finished(work.the_result, self._translate))

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
