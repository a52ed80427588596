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
from grader.model import Result
from grader.output import Translate, check_apart, check_writable, save_batch, save_result
from grader.pipeline import Settings, find, grade_all, prepare
from grader.protocol.messages import Progress
from grader.record import Record
from grader.rejudge import remember
from grader.report.table import render_table
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
        threads=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
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
    submissions = find(settings, arguments.out)
    check_apart(arguments.out, settings.paths, submissions)
    check_writable(arguments.out)
    if arguments.jobs > 1:
        print("grader: --jobs: submissions are graded one at a time in this version", file=sys.stderr)
    course = prepare(settings)
    translate = translator(arguments.lang or course.assignment.language)
    if settings.sandbox == "auto":
        print(f"grader: sandbox {course.backend.name}", file=sys.stderr)
    results: list[Result] = []
    with Store.open(arguments.out) as store, _bar(len(submissions)) as bar:

        def save(record: Record, result: Result) -> None:
            remember(store, record, result)
            save_result(arguments.out, result, translate)

        try:
            for result in grade_all(course, submissions, save, bar.hear):
                results.append(result)
                bar.done()
        finally:
            if results:
                save_batch(arguments.out, results, translate)
    _show(results, arguments.out, translate)
    return exit_code(results)
