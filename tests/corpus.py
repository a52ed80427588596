"""Grade the corpus of submissions with `python -m tests.corpus`.

It prints how well the hidden tests tell right from wrong.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from grader.categories import CATEGORIES
from grader.judge.collect import collect
from tests.testing.corpus import Sample, samples, write
from tests.testing.grading import GradedSample, grade

_CHEAP = 15
"""Points, of 70, that most mistakes should cost at most. "Most" is nine in ten."""
_MOST_EXPENSIVE = 120


def _report_points(buggy: list[GradedSample]) -> Iterator[str]:
    """Points lost per mistake, of those that need no training."""
    probed = [o for o in buggy if o.sample.expected.quick and not o.sample.expected.fails[0].startswith("integrity/")]
    lost = sorted(o.points_lost for o in probed)
    if not lost:
        return
    cheap = sum(points <= _CHEAP for points in lost) / len(lost)
    yield f"points lost per mistake: median {statistics.median(lost):g}, at most {_CHEAP} for {cheap:.0%}"
    for one in sorted(probed, key=lambda o: -o.points_lost)[:_MOST_EXPENSIVE]:
        yield f"    {one.points_lost:4g} {one.sample.name}: {', '.join(v.test for v in one.failed)}"


def _report(graded: list[GradedSample]) -> Iterator[str]:
    buggy = [o for o in graded if o.sample.expected.fails]
    right = [o for o in graded if not o.sample.expected.fails]
    for category in CATEGORIES:
        own = [o for o in buggy if o.sample.expected.fails[0].startswith(f"{category}/")]
        caught = sum(o.sample.expected.fails[0] in {v.test for v in o.failed} for o in own)
        alarms = sum(any(v.category == category for v in o.failed) for o in right)
        yield f"{category:<10} caught {caught:>3} of {len(own):>3} mistakes, false alarms {alarms} of {len(right)}"
    if buggy:
        per_mistake = [len(o.failed) for o in buggy]
        yield f"failing tests per mistake: median {statistics.median(per_mistake):g}, most {max(per_mistake)}"
        yield from _report_points(buggy)
    yield f"seconds per submission: median {statistics.median(o.seconds for o in graded):.2f}"
    caught_by = Counter(v.test for o in buggy for v in o.failed)
    only = Counter(o.failed[0].test for o in buggy if len(o.failed) == 1)
    for test in collect():
        yield f"{test:<32} fails on {caught_by[test]:>3}, alone on {only[test]:>3}"


def _grade_all(chosen: list[Sample], seeds: int) -> int:
    """Grade each sample with each seed and print the outcome. Returns the exit code."""
    graded = []
    wrong = 0
    for sample, seed in itertools.product(chosen, range(seeds)):
        one = grade(sample, seed=seed)
        graded.append(one)
        complaints = one.complaints()
        wrong += bool(complaints)
        print(f"{'WRONG' if complaints else 'ok':<6}{one.seconds:5.1f} s  {sample.name}", flush=True)
        for complaint in complaints:
            print(f"             {complaint}", flush=True)
    print("\n".join(_report(graded)) if graded else "no such submission")
    return 1 if wrong or not graded else 0


def main() -> int:
    """Grade the corpus; print differences and figures. Or write its whole submissions to a folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", help="parts of names, such as `buggy/` or `softmax`; all where none is given"
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="grade each with N seeds, 0 to N-1")
    parser.add_argument("--train", action="store_true", help="train every one for real on the embedded digits")
    parser.add_argument("--write", type=Path, metavar="DIR", help="grade none, but write each to a new folder in DIR")
    arguments = parser.parse_args()
    chosen = [s for s in samples() if not arguments.names or any(part in s.name for part in arguments.names)]
    if arguments.write:
        try:
            print(*(write(sample, arguments.write) for sample in chosen), sep="\n")
        except FileExistsError as error:
            parser.error(f"{error.filename} is there already")
        return 0 if chosen else 1
    if arguments.train:
        chosen = [replace(s, expected=msgspec.structs.replace(s.expected, quick=False)) for s in chosen]
    return _grade_all(chosen, arguments.seeds)


if __name__ == "__main__":
    sys.exit(main())
