"""Measure honest submissions against the bounds of `[integrity]`. The bounds were chosen by these figures.

    python -m tests.calibration [names …] [--seeds N] [--dataset digits|mnist] [--data-root DIR]

trains the right submissions of the corpus and prints the values of each measure beside its bound.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from grader.categories import CATEGORIES
from grader.datasets import load
from grader.hidden.test_integrity import _accuracy, _best_naming, _first_part
from grader.judge.facts import Facts
from grader.judge.tally import tally
from grader.model import Execution, Outcome
from grader.protocol.codec import decode
from grader.protocol.observations import Predictions
from grader.schedule.base import Place
from grader.schedule.serial import SerialEngine
from grader.setup import Setup
from grader.work import Work, observed, planned, task_for
from tests.testing.corpus import Sample, samples, submission_of
from tests.testing.grading import setup_for


@dataclass(frozen=True)
class Figures:
    """Measures of one training of an honest submission, by name."""

    name: str
    accuracy: float
    values: dict[str, float]


def _scores(outcome: Outcome) -> Predictions:
    if outcome.kind != "ok":
        raise ValueError(f"{outcome.kind}: {dict(outcome.data)} {outcome.error}")
    return decode(outcome.payload, Predictions)


def _figures(name: str, execution: Execution, facts: Facts) -> Figures:
    seen = execution.outcomes
    found = tally(_scores(seen["predictions"]).scores, facts)
    if found.moved is None:
        raise ValueError("no image was moved")
    values = {
        "max_untrained_accuracy": _best_naming(*_first_part(_scores(seen["untrained"]), facts)),
        "max_few_shot_accuracy": _accuracy(_scores(seen["few_shot"]), facts),
        "max_scrambled_accuracy": _accuracy(_scores(seen["scrambled"]), facts),
        "max_moved_loss": found.straight - found.moved,
    }
    return Figures(name, found.straight, values)


def _measure(sample: Sample, setup: Setup) -> Figures:
    """Train a submission once and measure it."""
    work = planned(Work(submission_of(sample)), setup)
    engine = SerialEngine(Place(setup.backend, lambda *where: None))
    engine.submit(task_for(work, setup))
    done = engine.next()
    assert done is not None
    (attempt,) = observed(work, done.execution, setup).attempts
    if attempt.facts is None:
        raise ValueError(attempt.execution.fault)
    return _figures(f"{sample.name} {setup.settings.seed}", attempt.execution, attempt.facts)


def _setups(sample: Sample, arguments: argparse.Namespace) -> Iterator[Setup]:
    trained = replace(sample, expected=type(sample.expected)(quick=False, time_limit=1800.0))
    for seed in range(arguments.seeds):
        setup = setup_for(trained, seed=seed)
        if arguments.dataset != "digits":
            settings = replace(setup.settings, categories=CATEGORIES, dataset=arguments.dataset, threads=2)
            setup = replace(setup, settings=settings, dataset=load(arguments.dataset, arguments.data_root))
        yield setup


def _bounds(setup: Setup) -> dict[str, float]:
    integrity = setup.assignment.integrity
    return {
        "max_untrained_accuracy": integrity.max_untrained_accuracy,
        "max_few_shot_accuracy": integrity.max_few_shot_accuracy,
        "max_scrambled_accuracy": integrity.max_scrambled_accuracy,
        "max_moved_loss": setup.bars.max_moved_loss,
    }


def _show(measured: list[Figures], bounds: dict[str, float]) -> None:
    print(f"{'measure':26}{'min':>8}{'median':>8}{'95 %':>8}{'max':>8}{'bound':>8}  farthest")
    for measure, bound in bounds.items():
        values = [figures.values[measure] for figures in measured]
        low, median, high, top = np.quantile(values, [0, 0.5, 0.95, 1])
        farthest = max(measured, key=lambda figures: figures.values[measure])
        row = "".join(f"{100 * value:8.2f}" for value in (low, median, high, top, bound))
        print(f"{measure:26}{row}  {farthest.name}")


def main() -> int:
    """Measure and print. Returns 1 where an honest submission is beyond a bound or was not measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="parts of names; all right submissions where none is given")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="train each with N seeds, 0 to N-1")
    parser.add_argument("--dataset", default="digits", choices=("digits", "mnist"))
    parser.add_argument("--data-root", type=Path)
    arguments = parser.parse_args()
    chosen = [s for s in samples("right") if not arguments.names or any(n in s.name for n in arguments.names)]
    jobs = [(sample, setup) for sample in chosen for setup in _setups(sample, arguments)]
    measured, missed = [], 0
    for sample, setup in tqdm(jobs, disable=None):
        try:
            measured.append(_measure(sample, setup))
        except ValueError as error:
            missed += 1
            print(f"{sample.name} with seed {setup.settings.seed} was not measured: {error}", file=sys.stderr)
            continue
        last = measured[-1]
        print(last.name, f"{100 * last.accuracy:.2f}", *(f"{100 * value:.2f}" for value in last.values.values()))
        sys.stdout.flush()
    if not measured:
        return 1
    bounds = _bounds(jobs[0][1])
    _show(measured, bounds)
    beyond = [figures.name for figures in measured if any(figures.values[m] > bounds[m] for m in bounds)]
    print(f"{len(measured)} trainings, {missed} not measured; beyond a bound: {', '.join(beyond) or 'none'}")
    return int(bool(beyond or missed))


if __name__ == "__main__":
    sys.exit(main())
