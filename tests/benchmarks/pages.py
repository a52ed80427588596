"""How long the pages of a class take, and how large they are."""

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
    """As many results as are wanted, each with images of its own, which a cache of pictures does not know."""
    chance, base = random.Random(0), eventful()
    results = []
    for number in range(N):
        shown = tuple(replace(one, pixels=chance.randbytes(len(one.pixels))) for one in base.metrics.panel)
        metrics = replace(base.metrics, panel=shown, train_loss=tuple(chance.random() for _ in range(50)))
        results.append(replace(base, identity=Identity(f"student{number:04}"), metrics=metrics))
    return results


def measure(bench: Bench) -> list[Row]:
    """Students' pages in every language, one process; images of noise, which no digit is as large as."""
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
