"""Progress of a run on stderr. There is a table on a terminal, and a line for each submission that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.legible import legible
from grader.telling import tell

if TYPE_CHECKING:
    from rich.console import Console

    from grader.policy import Attempt
    from grader.protocol.messages import Progress
    from grader.report.escape import Translate
    from grader.work import Work


class ProgressReporter:
    """A table of what runs, with messages above it. There is a table only on a terminal; the messages stay.

    Args:
        total: the number of submissions. Of a single one no line says that it is done: all about it follows at once.
        threshold: the goal of the accuracy.
        translate: makes the words, in one language.
        slots: how many submissions are executed at a time.
        console: the terminal; None for lines alone.
    """

    def __init__(
        self, total: int, threshold: float, translate: Translate, *, slots: int = 1, console: Console | None = None
    ) -> None:
        from rich.live import Live

        from grader.commands.live import PER_SECOND, Board

        self._several, self._threshold, self._translate = total > 1, threshold, translate
        self._board = Board(total, translate, slots=slots)
        self._live = None
        if console is not None:
            self._live = Live(
                self._board,
                console=console,
                refresh_per_second=PER_SECOND,
                transient=True,
                redirect_stdout=False,
                vertical_overflow="crop",
            )
            self._live.start()

    def _tell(self, line: str) -> None:
        """Write a line above the table."""
        if self._live is None:
            tell(line)
        else:
            from rich.text import Text

            self._live.console.print(Text(legible(line)), soft_wrap=True)

    def hear(self, submission: str, phase: str, progress: Progress | None) -> None:
        """Note what runs. Any thread may call it."""
        self._board.hear(submission, phase, progress)

    def foreseen(self, known: int, total: int) -> None:
        """Report how many results an earlier run left. This comes before anything runs."""
        if known:
            again = "grades all again" if total > 1 else "grades it again"
            self._tell(f"grader: {known} from before, {total - known} to grade; --fresh {again}")

    def at_a_time(self, jobs: int, threads: int) -> None:
        """Report the numbers of parallel submissions and threads."""
        self._tell(f"grader: {jobs} at a time, {threads} {'thread' if threads == 1 else 'threads'} each")

    def set_aside(self, submission: str) -> None:
        """Say that a trial does not replace a grade."""
        from grader.output import TRIAL
        from grader.report.escape import one_line

        name = one_line(submission)
        self._tell(f"grader: {name} keeps the grade it has; what this trial has found is in the folder {name}/{TRIAL}")

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
        """Count one finished submission, and report new results."""
        from grader.report.line import finished

        self._board.end(work.name, passed=work.the_result.status == "passed")
        if self._several and not work.stands:
            self._tell(finished(work.the_result, self._translate))

    def close(self) -> None:
        """Remove the table."""
        if self._live is not None:
            self._live.stop()
