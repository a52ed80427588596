"""The numbers of a run, computed from observations. So a corrected metric corrects stored results too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from grader.judge.facts import Facts
from grader.model import Execution, Metrics, Outcome
from grader.protocol.codec import decode
from grader.protocol.observations import Build, Load, Predictions, Training

_MEBIBYTE = 1024 * 1024


def _seen(execution: Execution, probe: str) -> Outcome | None:
    outcome = execution.outcomes.get(probe)
    return outcome if outcome is not None and outcome.kind == "ok" else None


def _epochs_ended_early(execution: Execution) -> int | None:
    """Return the epochs asked of a training that was ended. None where none was."""
    outcome = execution.outcomes.get("training")
    told = outcome.data.get("n_epochs") if outcome is not None else None
    return told if isinstance(told, int) else None


def _with_accuracy(metrics: Metrics, facts: Facts, guesses: np.ndarray[Any, Any]) -> Metrics:
    guesses, answers = guesses[facts.graded], facts.answers[facts.graded]
    right = int((guesses == answers).sum())
    digits = np.argsort(facts.names)  # the digit that each name stands for
    table = np.zeros((10, 10), dtype=np.int64)
    np.add.at(table, (facts.public_answers[facts.graded], digits[guesses]), 1)
    rows = tuple(tuple(int(count) for count in row) for row in table)
    total = len(guesses)
    return replace(metrics, accuracy=right / total, correct=right, test_size=total, confusion=rows)


def metrics_of(execution: Execution, facts: Facts) -> Metrics:
    """Compute the numbers of a run, as far as it came.

    Raises:
        BrokenMessage: an observation is not of the shape that is looked at now.
    """
    metrics = Metrics(train_seconds=execution.train_seconds)
    if execution.peak_memory_bytes:
        metrics = replace(metrics, peak_memory_mb=round(execution.peak_memory_bytes / _MEBIBYTE, 1))
    if built := _seen(execution, "build"):
        metrics = replace(metrics, n_parameters=decode(built.payload, Build).n_parameters or None)
    if loaded := _seen(execution, "load"):
        epochs = _epochs_ended_early(execution) or decode(loaded.payload, Load).n_epochs
        metrics = replace(metrics, epochs=epochs)
    if trained := _seen(execution, "training"):
        training = decode(trained.payload, Training)
        metrics = replace(metrics, epochs=training.epochs, train_loss=tuple(training.losses))
    if predicted := _seen(execution, "predictions"):
        scores = decode(predicted.payload, Predictions).scores
        if scores.shape == (len(facts.answers), 10):
            metrics = _with_accuracy(metrics, facts, scores.argmax(axis=1))
    return metrics
