"""`python -m grader.judge INPUT OUTPUT`: the judging process. Reads a `Question`, writes an `Answer`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

import grader.hidden
from grader.judge.case import Case
from grader.judge.exchange import Answer, Question
from grader.judge.plugin import Judge
from grader.model import CATEGORIES, Outcome
from grader.protocol.codec import decode, encode
from grader.protocol.probes import PROBES


def _read(probe: str, outcome: Outcome) -> Any:
    return decode(outcome.payload, PROBES[probe].observation)


def main(source: Path, target: Path) -> None:
    """Judge the question in `source` and write the answer to `target`."""
    question = decode(source.read_bytes(), Question)
    judge = Judge(Case(question.outcomes, question.facts.rules, question.facts, _read), frozenset(question.tests))
    folder = Path(grader.hidden.__file__).parent
    arguments = [
        *(str(folder / f"test_{category}.py") for category in CATEGORIES),
        "-q",
        "--no-header",
        f"--rootdir={folder}",
        "-c",
        os.devnull,
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_timeout",
        f"--timeout={question.test_seconds}",
        "--assert=plain",  # the messages are made by the tests themselves
        "--noconftest",
    ]
    pytest.main(arguments, plugins=[judge])
    verdicts = [judge.case.verdicts[test] for test in question.tests if test in judge.case.verdicts]
    missing = [f"hidden test {test} was not run" for test in question.tests if test not in judge.case.verdicts]
    target.write_bytes(encode(Answer(verdicts, judge.faults or missing)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
