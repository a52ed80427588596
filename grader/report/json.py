"""`result.json`, schema "grader.result/1": what other programs read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from grader.model import Metrics, Provenance, Result, ScoredTest
from grader.report.escape import Translate, one_line
from grader.report.points import result_points, to_cents
from grader.report.words import said

SCHEMA = "grader.result/1"


def _finite(value: float | None, digits: int) -> float | None:
    """Round a number; None for those JSON cannot hold."""
    return round(value, digits) if value is not None and math.isfinite(value) else None


def _test(test: ScoredTest, translate: Translate) -> dict[str, Any]:
    verdict = test.verdict
    return {
        "id": verdict.test,
        "category": verdict.category,
        "status": verdict.status,
        "score": to_cents(test.score) / 100,
        "max_score": to_cents(test.max_score) / 100,
        "message": said(verdict, translate),
        "staff_note": None if verdict.staff_note is None else one_line(verdict.staff_note),
        "seconds": _finite(verdict.seconds, 3),
    }


def _metrics(metrics: Metrics) -> dict[str, Any]:
    return {
        "accuracy": _finite(metrics.accuracy, 6),
        "train_seconds": _finite(metrics.train_seconds, 3),
        "epochs": metrics.epochs,
        "train_loss": [_finite(loss, 6) for loss in metrics.train_loss],
        "n_parameters": metrics.n_parameters,
        "peak_memory_mb": _finite(metrics.peak_memory_mb, 1),
    }


def _provenance(provenance: Provenance) -> dict[str, Any]:
    said = {name: one_line(value) if isinstance(value, str) else value for name, value in asdict(provenance).items()}
    return {**said, "seconds": _finite(provenance.seconds, 3)}


def to_json(result: Result, translate: Translate) -> dict[str, Any]:
    """Return a result as plain JSON values.

    Points are rounded to two decimals and then added up, so the parts give the total exactly. A number that was not
    measured, or is infinite or no number, is None. A fault of the grader stands last among the flags.

    Args:
        result: any result.
        translate: makes the messages, in one language.
    """
    points = result_points(result)
    flags = [one_line(flag) for flag in result.flags]
    if result.fault is not None:
        flags.append(f"grader_error: {one_line(result.fault)}")
    return {
        "schema": SCHEMA,
        "submission": one_line(result.submission),
        "status": result.status,
        "score": None if result.status == "grader_error" else points.score,
        "max_score": points.max_score,
        "flags": flags,
        "tests": [_test(test, translate) for test in result.tests],
        "metrics": _metrics(result.metrics),
        "provenance": _provenance(result.provenance),
    }


def encode(document: Mapping[str, Any]) -> bytes:
    """Encode a document as the bytes of a file.

    It is UTF-8, indented, with letters of any script as they are, and finite numbers alone.
    """
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode(errors="replace")
