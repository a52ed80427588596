"""Output folders with results that needed no training."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from grader.export.base import Exporter
from grader.model import Identity, Metrics, Result
from grader.named_file import NamedFile
from grader.protocol.codec import encode
from grader.store import Store
from tests.testing.results import PROVENANCE, scored

FOR_PLATFORMS = frozenset({"blackboard", "canvas", "moodle", "moodle-feedback"})
"""Exporters that need a file of the platform. With results alone they have nothing to do."""


def graded(
    name: str, score: float, student: Mapping[str, str] | None = None, entry: str = "", most: float = 100
) -> Result:
    """Make a result with `score` out of `most`. Whoever lacks points has one mistake."""
    passed = score == most
    test = scored("accuracy/target", "passed" if passed else "failed", (score, most), data={"accuracy": 98.7})
    identity = Identity(name, student or {}, entry)
    return Result(identity, "passed" if passed else "failed", score, most, (test,), Metrics(), PROVENANCE)


def faulty(name: str, student: Mapping[str, str] | None = None, entry: str = "") -> Result:
    """Make a result on which the grader failed."""
    identity = Identity(name, student or {}, entry)
    return Result(identity, "grader_error", None, 0.0, (), Metrics(), PROVENANCE, fault="the disk is full")


def stored(out: Path, *results: Result) -> Path:
    """Store results in the output folder `out`, and return it."""
    with Store.open(out) as store:
        for result in results:
            store.put_record(result.submission, None, b"", encode(result))
    return out


def options_of(exporter: Exporter, gradebook: str, *options: str) -> Namespace:
    """Return the options of an exporter that fills `gradebook`. They are for results that are in no folder."""
    parser = ArgumentParser()
    exporter.add_arguments(parser)
    parsed = parser.parse_args(["--gradebook", "/dev/null", *options])
    parsed.gradebook = NamedFile(Path("book.csv"), gradebook.encode())
    return parsed
