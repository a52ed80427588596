"""`grader PATH…` on a terminal: progress on stderr, files in the output folder, the summary on stdout."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from grader.i18n import translator
from grader.intake import discover
from grader.judge.exchange import Judge
from grader.model import Result
from grader.output import Translate, check_apart, check_writable, save_batch, save_result
from grader.pipeline import Run, grade_all
from grader.protocol.messages import Progress
from grader.report.table import render_table
from grader.schedule.base import Place
from grader.schedule.registry import start
from grader.setup import Settings, prepare
from grader.store import Store


class _Bar:
    """One bar for all submissions; where the current one is, stands behind it. Silent where stderr is no terminal."""

    def __init__(self, total: int) -> None:
        self._bar = tqdm(total=total, unit="submission", file=sys.stderr, disable=None, leave=False, dynamic_ncols=True)

    def hear(self, submission: str, phase: str, progress: Progress | None) -> None:
        where = phase
        if progress is not None:
            epoch = min(progress.epoch, progress.n_epochs)
            where = f"{phase} epoch {epoch}/{progress.n_epochs} batch {progress.batch}/{progress.batches}"
        self._bar.set_description_str(f"{submission}: {where}", refresh=True)

    def done(self) -> None:
        self._bar.update()

    def close(self) -> None:
        self._bar.close()


@contextlib.contextmanager
def _bar(total: int) -> Iterator[_Bar]:
    bar = _Bar(total)
    try:
        yield bar
    finally:
        bar.close()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _settings(arguments: argparse.Namespace, device: str) -> Settings:
    return Settings(
        paths=tuple(arguments.paths),
        categories=arguments.only,
        dataset=arguments.dataset,
        data_root=arguments.data_root,
        device=device,
        time_limit=arguments.time_limit,
        sandbox=arguments.sandbox,
        seed=arguments.seed,
        threads=max(1, _processors() // arguments.jobs),
        fresh=arguments.fresh,
    )


def exit_code(results: list[Result]) -> int:
    """0, 1 or 3, as the contract says."""
    if any(result.status == "grader_error" for result in results):
        return 3
    return 0 if all(result.status == "passed" for result in results) else 1


def _show(results: list[Result], out: Path, translate: Translate) -> None:
    for result in results:
        if result.fault is not None:
            print(f"grader: {result.submission}: {result.fault}", file=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Cyrillic shows question marks, not a traceback
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(render_table(results, translate, width=width))
    more = out / results[0].submission / "feedback.en.md" if len(results) == 1 else out / "overview.md"
    print(f"\n{more}")


def grade_paths(arguments: argparse.Namespace, device: str) -> int:
    """Grade what the command line names and return the exit code.

    Raises:
        UsageError: nothing can be graded.
    """
    settings = _settings(arguments, device)
    submissions = discover(settings.paths, skip=[arguments.out])
    check_apart(arguments.out, settings.paths, submissions)
    check_writable(arguments.out)
    setup = prepare(settings)
    translate = translator(arguments.lang or setup.assignment.language)
    if settings.sandbox == "auto":
        print(f"grader: sandbox {setup.backend.name}", file=sys.stderr)
    results: dict[str, Result] = {}
    recalled = 0
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(Store.open(arguments.out))
        bar = stack.enter_context(_bar(len(submissions)))
        judge = stack.enter_context(Judge())
        engine = stack.enter_context(contextlib.closing(start("local", Place(setup.backend, bar.hear, arguments.jobs))))
        run = Run(setup, engine, judge, store, lambda result: save_result(arguments.out, result, translate))
        try:
            for work in grade_all(run, submissions):
                results[work.name] = work.the_result
                recalled += bool(work.recalled)
                bar.done()
        finally:
            in_order = [results[one.name] for one in submissions if one.name in results]
            if in_order:
                save_batch(arguments.out, in_order, translate)
    if recalled:
        print(
            f"grader: {recalled} of {len(submissions)} unchanged since an earlier run, judged from what was observed "
            "then (--fresh runs them again)",
            file=sys.stderr,
        )
    _show(in_order, arguments.out, translate)
    return exit_code(in_order)
