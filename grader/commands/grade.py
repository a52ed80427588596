"""`grader PATH…`: progress on stderr, files in the output folder, the summary on stdout."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands import options
from grader.commands.base import Ending
from grader.commands.progress import Account
from grader.datasets import DATASETS
from grader.errors import UsageError
from grader.i18n import LANGUAGES, translator
from grader.interruption import Interrupted, undisturbed
from grader.model import CATEGORIES, GRADED_DATASET, Result, Submission
from grader.sandbox.registry import BACKENDS
from grader.schedule.registry import ENGINES, start
from grader.telling import say, tell

if TYPE_CHECKING:
    from grader.report.escape import Translate
    from grader.schedule.capacity import Capacity
    from grader.setup import Settings, Setup
    from grader.work import Work

_MEBIBYTE = 1024 * 1024
DESCRIPTION = "Train and judge submissions of the MNIST perceptron homework, each in a sandbox."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what is graded, on what, and where results go."""
    add = parser.add_argument
    add("paths", nargs="+", type=options.path, metavar="PATH", help="a submission, or a folder of submissions")
    add("--out", type=options.path, default=Path("grades"), metavar="DIR", help="where results go (default: grades)")
    add(
        "--only",
        type=options.categories,
        default=CATEGORIES,
        metavar="CATEGORY[,…]",
        help=f"judge only: {', '.join(CATEGORIES)}",
    )
    add(
        "--dataset",
        choices=tuple(DATASETS),
        default=GRADED_DATASET,
        help="digits needs no download, and decides no grade",
    )
    add(
        "--data-root",
        type=Path,
        metavar="DIR",
        help="holds MNIST/raw, as torchvision's root (default: $GRADER_DATA_ROOT, then a cache)",
    )
    _add_execution(parser)
    add("--lang", choices=LANGUAGES, help="of the table and of result.json; feedback files come in every language")


def _add_execution(parser: ArgumentParser) -> None:
    """Declare where and how submissions are executed."""
    add = parser.add_argument
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to train")
    add("--time-limit", type=options.seconds, metavar="SECONDS", help="wall-clock limit of one training run")
    add(
        "--jobs",
        type=options.jobs,
        nargs="?",
        metavar="N",
        help="submissions at a time; without a number (the default) as many as processors and memory allow",
    )
    add("--engine", choices=tuple(ENGINES), default=next(iter(ENGINES)), help="what executes submissions")
    add("--sandbox", choices=("auto", *BACKENDS), default="auto", help="none: only for code you trust")
    add("--seed", type=options.seed, default=0, metavar="N", help="of initial weights, batches and queries")
    add("--fresh", action="store_true", help="run again what has not changed since an earlier run")


def _device(wanted: str) -> str:
    has_gpu = any(Path(node).exists() for node in ("/dev/nvidiactl", "/dev/dxg"))
    if wanted == "cuda" and not has_gpu:
        raise UsageError("--device cuda: no NVIDIA device on this machine; leave the option out to train on the CPU")
    return "cuda" if has_gpu and wanted != "cpu" else "cpu"


def _settings(arguments: Namespace) -> Settings:
    from grader.setup import Settings

    return Settings(
        paths=tuple(arguments.paths),
        categories=arguments.only,
        dataset=arguments.dataset,
        data_root=arguments.data_root,
        device=_device(arguments.device),
        time_limit=arguments.time_limit,
        sandbox=arguments.sandbox,
        seed=arguments.seed,
        fresh=arguments.fresh,
    )


def _find(settings: Settings, out: Path) -> list[Submission]:
    """The submissions that are named, once it is known that results can be written and will lie apart from them."""
    from grader.intake import discover
    from grader.output import check_apart, check_writable

    submissions = discover(settings.paths, skip=[out])
    check_apart(out, settings.paths, submissions)
    check_writable(out)
    return submissions


def _capacity(arguments: Namespace, setup: Setup, submissions: Sequence[Submission]) -> Capacity:
    """How many submissions are executed at a time, and on what; said where there are several."""
    from grader.schedule.capacity import choose
    from grader.schedule.machine import read_machine

    to_execute = sum(submission.problem is None for submission in submissions)
    most_bytes = setup.assignment.limits.memory_mb * _MEBIBYTE
    machine = read_machine(setup.settings.device)
    capacity = choose(machine, to_execute, memory_bytes=most_bytes, wanted=arguments.jobs)
    if to_execute > 1:
        threads = "1 thread" if capacity.threads == 1 else f"{capacity.threads} threads"
        tell(f"grader: {capacity.jobs} at a time, {threads} each")
    return capacity


def _sharing(setup: Setup, capacity: Capacity) -> Setup:
    """The setup of submissions that share the machine; a time limit that somebody has named stays as it is."""
    settings = replace(setup.settings, threads=capacity.threads)
    factor = capacity.time_factor if settings.time_limit is None else 1.0
    return replace(setup, settings=settings, time_factor=setup.time_factor * factor)


def _works(
    arguments: Namespace, setup: Setup, submissions: Sequence[Submission], translate: Translate
) -> Generator[Work, None, None]:
    """Each submission with its result, as soon as it is done, stored and written."""
    from grader.commands.live import terminal
    from grader.judge.exchange import Judge
    from grader.output import save_result
    from grader.pipeline import Run, grade_all
    from grader.schedule.base import Place
    from grader.store import Store

    capacity = _capacity(arguments, setup, submissions)
    setup = _sharing(setup, capacity)
    with contextlib.ExitStack() as opened:
        store = opened.enter_context(Store.open(arguments.out))
        account = Account(len(submissions), setup.bars.target, translate, slots=capacity.jobs, console=terminal())
        opened.enter_context(contextlib.closing(account))
        judge = opened.enter_context(Judge())
        judge.warm_up()
        place = Place(setup.backend, account.hear, capacity.jobs, capacity.card_share)
        engine = opened.enter_context(contextlib.closing(start(arguments.engine, place)))
        write = partial(save_result, arguments.out, translate=translate)
        run = Run(setup, engine, judge, store, write, account.begin)
        opened.enter_context(undisturbed())
        for work in grade_all(run, submissions):
            account.done(work)
            yield work


def _how_to_go_on(results: Sequence[Result], total: int, *, fresh: bool) -> str:
    """What is kept when a run ends early, and how the rest is graded."""
    kept = sum(result.status != "grader_error" for result in results)
    again = "run the same command again without --fresh" if fresh and kept else "run the same command again"
    return f"{again} to go on: {kept} of {total} are kept"


def _grade(
    arguments: Namespace, setup: Setup, submissions: Sequence[Submission], translate: Translate
) -> tuple[list[Result], int]:
    """Results in the order of their names, and how many were known from an earlier run.

    Whatever stops it, the files of the batch are written for what was done before.
    """
    from grader.output import save_batch
    from grader.report.order import in_order

    results: list[Result] = []
    recalled = 0
    try:
        with contextlib.closing(_works(arguments, setup, submissions, translate)) as works, undisturbed():
            for work in works:
                results.append(work.the_result)
                recalled += work.recalled
    except Interrupted as interrupt:
        interrupt.add_note(_how_to_go_on(results, len(submissions), fresh=arguments.fresh))
        raise
    finally:
        if results:
            save_batch(arguments.out, results, translate)
    return in_order(results), recalled


def _show(results: list[Result], out: Path, language: str) -> None:
    """Print the summary, and the name of the file that says more."""
    from grader.report.escape import one_line
    from grader.report.table import render_table

    if len(results) == 1 and results[0].fault is not None:  # of several, each has been told when it was done
        tell(f"grader: {one_line(results[0].submission)}: {one_line(results[0].fault)}")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Cyrillic shows question marks, not a traceback
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    more = out / results[0].submission / f"feedback.{language}.md" if len(results) == 1 else out / "overview.md"
    say(f"{render_table(results, translator(language), width=width)}\n{more}")


def _ending(results: Sequence[Result]) -> Ending:
    statuses = {result.status for result in results}
    if "grader_error" in statuses:
        return Ending.FAULT
    return Ending.PASSED if statuses == {"passed"} else Ending.FAILED


def run(arguments: Namespace) -> Ending:
    """Grade what the command line names.

    Raises:
        UsageError: nothing can be graded.
    """
    from grader.setup import prepare
    from grader.store import FOLDER as STORE_FOLDER

    settings = _settings(arguments)
    submissions = _find(settings, arguments.out)
    # where there are results already, most may be known: torch is imported when the first is not
    fresh = settings.fresh or not (arguments.out / STORE_FOLDER).exists()
    setup = prepare(settings, workers=len(submissions) if fresh else 0)
    language = arguments.lang or setup.assignment.language
    if settings.sandbox == "auto":
        tell(f"grader: sandbox {setup.backend.name}")
    if len(submissions) > 1 and not setup.backend.forks:
        tell(f"grader: sandbox {setup.backend.name} imports torch anew for each submission, some seconds each")
    results, recalled = _grade(arguments, setup, submissions, translator(language))
    if recalled:
        known = f"{recalled} of {len(submissions)} as an earlier run has observed them"
        tell(f"grader: {known}; --fresh runs them again")
    _show(results, arguments.out, language)
    return _ending(results)
