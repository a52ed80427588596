"""Every target gets the same grade, or none. It counts what was earned, adjustments and lateness."""

from __future__ import annotations

import csv
import json
import re
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from grader.export.nbgrader import row_of
from grader.export.registry import EXPORTERS
from grader.final import final_grade
from grader.i18n import translator
from grader.model import Adjustment, Identity, Lateness, Metrics, Result
from grader.named_file import NamedFile
from tests.testing.results import PROVENANCE, scored

ANN = {"id": "12345", "name": "Ann Lee"}
TESTS = (
    scored("structure/layers", "passed", (20.0, 20.0)),
    scored("dropout/scaling", "failed", (10.25, 15.0)),
    scored("accuracy/target", "passed", (65.0, 65.0)),
)
GRADED = Result(Identity("ann", ANN, "leeann_12345_1_hw.zip"), "failed", 95.25, 100.0, TESTS, Metrics(), PROVENANCE)
FAULTY = replace(GRADED, status="grader_error", score=None, tests=(), fault="the disk is full")
LATE = Lateness(2, 20.0)
CASES = {
    "as earned": (GRADED, 95.25),
    "a test": (replace(GRADED, adjustments=(Adjustment("dropout/scaling", 15.0),)), 100.0),
    "a test and late": (replace(GRADED, adjustments=(Adjustment("structure/layers", 0.0),), lateness=LATE), 60.2),
    "taken off the total": (replace(GRADED, adjustments=(Adjustment("", -50.0, relative=True),)), 45.25),
    "the total": (replace(GRADED, adjustments=(Adjustment("", 12.5),), lateness=LATE), 10.0),
    "extra credit": (replace(GRADED, adjustments=(Adjustment("", 10.0, relative=True),)), 105.25),
    "excused": (replace(GRADED, adjustments=(Adjustment("", excused=True),), lateness=LATE), None),
    "a fault": (FAULTY, None),
    "a fault, but points": (replace(FAULTY, adjustments=(Adjustment("", 80.0),)), 80.0),
}
SHEETS = {
    "canvas": "Student,ID,Section,MNIST (7)\n    Points Possible,,,100\nAnn Lee,12345,A,\n",
    "moodle": "Identifier,Full name,ID number,Grade,Maximum Grade\nParticipant 9,Ann Lee,12345,,100\n",
    "blackboard": '"Username","First Name","Last Name","MNIST [Total Pts: 100 Score] |7"\n"12345","Ann","Lee",""\n',
}
CLASSROOM_50 = "--classroom c --assignment a --owner o --tag submit/1 --commit u --release u".split()


def exported(target: str, result: Result, *options: str) -> str:
    """Export one result to `target`; return the text."""
    parser = ArgumentParser()
    exporter = EXPORTERS[target]()
    exporter.add_arguments(parser)
    (content,) = exporter.export([result], parser.parse_args(options)).values()
    return content.decode("utf-8-sig")


def filled(target: str, result: Result) -> str:
    """The cell that an exporter fills for one result."""
    parser = ArgumentParser()
    exporter = EXPORTERS[target]()
    exporter.add_arguments(parser)
    options = parser.parse_args(["--gradebook", "/dev/null"])
    options.gradebook = NamedFile(Path("book.csv"), SHEETS[target].encode())
    (content,) = exporter.export([result], options).values()
    cells = next(row for row in csv.reader(content.decode("utf-8-sig").splitlines()) if "12345" in row)
    return cells[3]


def points(cell: str) -> float | None:
    """A cell as points. None where it is empty or says that there are none."""
    return None if cell in ("", "EX", "excused") else float(cell)


@pytest.mark.parametrize(("result", "grade"), CASES.values(), ids=CASES)
def test_every_target_gets_the_same_grade(result: Result, grade: float | None) -> None:
    """Every target gets the same grade. Without a grade no target gets a number."""
    assert final_grade(result).score == grade
    (row,) = csv.DictReader(exported("csv", result).splitlines())
    suite = ET.fromstring(exported("junit", result))
    (score,) = (one.get("value", "") for one in suite.iter("property") if one.get("name") == "score")
    found = {"csv": points(row["final_score"]), "junit": points(score)}
    found["gradescope"] = json.loads(exported("gradescope", result)).get("score")
    found |= {target: points(filled(target, result)) for target in SHEETS}
    total = re.search(r"\*\*Total\*\* \| \*\*(\S+) / 100\*\*", exported("summary", result))
    found["summary"] = float(total[1]) if total else None
    found["jsonl"] = json.loads(exported("jsonl", result))["final_score"]
    assert found == dict.fromkeys(found, grade)


@pytest.mark.parametrize(("result", "grade"), CASES.values(), ids=CASES)
def test_parts_add_up_to_the_grade(result: Result, grade: float | None) -> None:
    """Parts add up to the grade. Some targets sum up what they get, and Classroom 50 takes whole points."""
    reported = json.loads(exported("classroom", result))
    assert sum(test["score"] for test in reported["tests"]) == (grade or 0.0)
    assert reported["max_score"] == (0 if grade is None else 100)
    worth = {f"points-{test.verdict.category}": test.max_score for test in TESTS}
    row = row_of(result, worth, "id", translator("en"))
    assert set(row.points) >= set(worth)
    numbers = [number for number in row.points.values() if number is not None]
    assert (round(sum(numbers) - row.late_points, 2) if numbers else None) == grade
    if grade is not None:
        whole = json.loads(exported("classroom50", result, *CLASSROOM_50))
        assert (whole["score"], whole["max-score"]) == (min(100, int(grade + 0.5)), 100)
