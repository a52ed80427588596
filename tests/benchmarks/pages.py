"""Measure the time and the size of student pages."""

from __future__ import annotations

import random
import time
from dataclasses import replace

from grader.i18n import LANGUAGES, translator
from grader.model import Identity, Result
from grader.report.pages.student import student_page
from tests.benchmarks.base import Bench, Goal, Row
from tests.testing.pages import eventful

N = 1000


def _class() -> list[Result]:
    """Make N results, each with its own images. A cache of pictures would not know them."""
    chance, base = random.Random(0), eventful()
    results = []
    for number in range(N):
        shown = tuple(replace(one, pixels=chance.randbytes(len(one.pixels))) for one in base.metrics.panel)
        metrics = replace(base.metrics, panel=shown, train_loss=tuple(chance.random() for _ in range(50)))
        results.append(replace(base, identity=Identity(f"student{number:04}"), metrics=metrics))
    return results


def measure(bench: Bench) -> list[Row]:
    """Write all students' pages in every language, in one process.

    Their images are noise, which takes more bytes than any digit.
    """
    results = _class()
    seconds, largest = [], []
    for _ in bench.each_round(f"the pages of {N:,} students"):
        begin, most = time.perf_counter(), 0
        for translate in map(translator, LANGUAGES):
            most = max(most, *(len(student_page(result, translate).encode()) for result in results))
        seconds.append(time.perf_counter() - begin)
        largest.append(most / 1000)
    return [
        Row(f"pages of {N:,} students in {len(LANGUAGES)} languages", tuple(seconds), wanted=Goal(60.0)),
        Row("the largest of them", tuple(largest), "kB", wanted=Goal(300.0)),
    ]
