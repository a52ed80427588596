"""The run of `grader PATH…`. It opens what is needed, chooses how many run at a time, and writes the class's files."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands.base import report_unknown_names, write_lock
from grader.commands.progress import ProgressReporter
from grader.errors import GraderFault
from grader.interruption import Interrupted
from grader.schedule.registry import CLUSTERS, start
from grader.telling import tell

if TYPE_CHECKING:
    from grader.assignment import AssignmentFile
    from grader.gradebook import Terms
    from grader.model import Result, Submission
    from grader.report.escape import Translate
    from grader.roster import Person
    from grader.schedule.capacity import Capacity
    from grader.setup import Setup
    from grader.store import Store
    from grader.work import Work

_MEBIBYTE = 1024 * 1024
_NAMED = 10


def _capacity(arguments: Namespace, setup: Setup, submissions: Sequence[Submission]) -> Capacity:
    """Choose how many submissions run at once. The choice includes the threads of each."""
    from grader.schedule.capacity import choose, of_a_node
    from grader.schedule.machine import read_machine

    if arguments.engine in CLUSTERS:
        return of_a_node()
    to_execute = sum(submission.problem is None for submission in submissions)
    most_bytes = setup.assignment.limits.memory_mb * _MEBIBYTE
    return choose(read_machine(setup.settings.device), to_execute, memory_bytes=most_bytes, wanted=arguments.jobs)


def _sharing(setup: Setup, capacity: Capacity) -> Setup:
    """Return the setup of submissions that share the machine. A time limit that somebody has named stays as it is."""
    settings = replace(setup.settings, threads=capacity.threads)
    factor = capacity.time_factor if settings.time_limit is None else 1.0
    return replace(setup, settings=settings, time_factor=setup.time_factor * factor)


def _language(arguments: Namespace, setup: Setup) -> str:
    """Return the language of the table and of `result.json`."""
    return str(arguments.lang or setup.assignment.language)


def _finished_works(
    arguments: Namespace, setup: Setup, submissions: Sequence[Submission], store: Store, terms: Terms
) -> Generator[Work, None, None]:
    """Yield submissions as they finish. Each has its result, stored and written."""
    from grader.commands.live import terminal
    from grader.i18n import translator
    from grader.judge.exchange import Judge
    from grader.pipeline import Run, grade_all
    from grader.schedule.base import Place
    from grader.written import Written

    capacity = _capacity(arguments, setup, submissions)
    setup = _sharing(setup, capacity)
    with contextlib.ExitStack() as opened:
        language = _language(arguments, setup)
        reporter = ProgressReporter(
            len(submissions), setup.bars.target, translator(language), slots=capacity.jobs, console=terminal()
        )
        opened.enter_context(contextlib.closing(reporter))
        judge = opened.enter_context(Judge())
        place = Place(
            setup.backend,
            reporter.hear,
            capacity.jobs,
            capacity.card_share,
            address=arguments.address,
            scaled=arguments.time_limit is None,  # whoever names a limit means it, wherever a task runs
        )
        engine = opened.enter_context(contextlib.closing(start(arguments.engine, place)))
        files = Written(arguments.out, store, language, terms=terms, tell_aside=reporter.set_aside)
        opened.callback(files.close)

        def foreseen(known: int, total: int) -> None:
            reporter.foreseen(known, total)
            if known < total:
                judge.warm_up()
            if total - known > 1 and arguments.engine not in CLUSTERS:
                reporter.at_a_time(capacity.jobs, capacity.threads)

        run = Run(
            setup,
            engine,
            judge,
            store,
            files.write,
            files.confirm,
            begin=reporter.begin,
            foreseen=foreseen,
            set_aside=files.set_aside,
        )
        for work in grade_all(run, submissions):
            reporter.done(work)
            yield work


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _tell_missing(missing: Sequence[Person]) -> None:
    """Report who in the roster handed in nothing."""
    from grader.report.escape import one_line

    if missing:
        named = _named([one_line(str(person)) for person in missing])
        tell(f"grader: {len(missing)} in the roster handed in nothing: {named}")


def _tell_changed(results: Sequence[Result]) -> None:
    """Report whose grade is not what the tests have earned alone. The table shows what was earned."""
    from grader.report.adjusted import is_changed
    from grader.report.escape import one_line

    changed = [one_line(result.submission) for result in results if is_changed(result)]
    if changed:
        tell(f"grader: adjusted or late, see final_score in grades.csv: {_named(changed)}")


@dataclass(frozen=True)
class _Class:
    """All people with results in an output folder. `handed_in` has also those who are still to be graded."""

    out: Path
    store: Store
    terms: Terms
    handed_in: Sequence[Submission]

    def save(self, done: Sequence[Work], translate: Translate) -> bool:
        """Write the class's files after a run. Return whether that was possible; `done` is the work of the run."""
        from grader.gradebook import class_of
        from grader.output import save_batch

        try:
            everybody = class_of(self.store, [work.the_result for work in done], terms=self.terms)
            report_unknown_names(self.terms, [*self.store.submissions(), *(each.submission for each in everybody)])
            names = {work.name for work in done}
            _tell_changed([result for result in everybody if result.submission in names])
            identities = [submission.identity for submission in self.handed_in]
            _tell_missing(save_batch(self.out, everybody, translate, identities))
        except GraderFault as error:
            tell(f"grader: {error}")
            return False
        return True


def _how_to_go_on(store: Store, submissions: Sequence[Submission], *, fresh: bool) -> str:
    """Say what an early end keeps, and how to go on."""
    from grader.record import stored_result

    results = (stored_result(store, name) for name in store.in_last_run())
    kept = sum(result is not None and result.fault is None for result in results)
    again = "run the same command again without --fresh" if fresh and kept else "run the same command again"
    return f"{again} to go on: {kept} of {len(submissions)} are kept"


def grade(
    arguments: Namespace,
    setup: Setup,
    submissions: Sequence[Submission],
    handed_in: Sequence[Submission],
    given: AssignmentFile | None = None,
) -> tuple[list[Work], bool]:
    """Grade submissions. Return their work, sorted by name, and whether the class's files could be written.

    Whatever stops it, these are written for what was done before.

    Args:
        arguments: of the command line.
        setup: what all submissions share.
        submissions: at least one.
        handed_in: what everybody has handed in, also what is not graded now.
        given: the file of the assignment, which the folder keeps; None for the one that comes with the grader.

    Raises:
        Interrupted: with a note that says how to go on.
        UsageError: the engine cannot be started, the store of the output folder not be opened, or `adjustments.csv` in
            it not be understood.
    """
    from grader.gradebook import read_terms
    from grader.i18n import translator
    from grader.kept_assignment import check_same, keep_assignment
    from grader.report.order import natural
    from grader.store import Store

    done: list[Work] = []
    saved = True
    with write_lock(arguments.out), Store.open(arguments.out) as store:
        check_same(arguments.out, given)  # whoever was waited for may have graded by another one
        keep_assignment(arguments.out, given)
        terms = read_terms(arguments.out, setup.assignment)
        works = _finished_works(arguments, setup, submissions, store, terms)
        try:
            with contextlib.closing(works):
                done.extend(works)  # as they come: whatever stops them, these are there
        except Interrupted as interrupt:
            interrupt.add_note(_how_to_go_on(store, submissions, fresh=arguments.fresh))
            raise
        finally:
            everybody = _Class(arguments.out, store, terms, handed_in)
            saved = everybody.save(done, translator(_language(arguments, setup)))
    return sorted(done, key=lambda work: natural(work.name)), saved
