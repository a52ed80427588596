"""Classroom 50's `result.json`, schema "classroom50/result/v1", for one submission.

The schema is foundation50/classroom50's schemas/result-v1.schema.json; rules beyond it stand in its runner.py
(`validate_result`). All scores are whole numbers. The total is rounded, halves up; each category gets its points
rounded down, and those that lost most get one more until they add up to the total.
"""

from __future__ import annotations

import os
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from grader.errors import GraderFault, UsageError
from grader.export.parts import Part, add_arguments, parts_of, select_result, trial, unassigned_cents
from grader.export.workflow import log_line
from grader.final import Final, final_grade
from grader.i18n import translator
from grader.model import Result
from grader.report.adjusted import adjusted_in_text
from grader.report.escape import Translate, one_line
from grader.report.json import encode
from grader.report.points import shown, to_cents

SCHEMA = "classroom50/result/v1"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "classroom": ("CLASSROOM",),
    "assignment": ("ASSIGNMENT",),
    "assignment-type": ("ASSIGNMENT_TYPE", "MODE"),
    "owner": ("OWNER", "USERNAME"),
    "tag": ("SUBMISSION_TAG",),
    "commit": ("COMMIT_URL",),
    "release": ("RELEASE_URL",),
    "review": ("REVIEW_URL", "COMMIT_URL"),
}
"""Identity fields of the result, by option. Each has the variables of the runner's environment that hold it."""


def whole_points(cents: Sequence[int]) -> list[int]:
    """Round points so that they keep their sum.

    They add up to the rounded sum of `cents`, and each changes by less than a point.
    """
    points = [each // 100 for each in cents]
    missing = (sum(cents) + 50) // 100 - sum(points)
    by_remainder = sorted(range(len(cents)), key=lambda index: (-(cents[index] % 100), index))
    for index in by_remainder[:missing]:
        points[index] += 1
    return points


def _most(part: Part) -> int:
    """Return the maximum points of a category.

    Raises:
        UsageError: no whole number of points.
    """
    most, cents = divmod(part.points.max_cents, 100)
    if cents:
        raise UsageError(
            f"Classroom 50 knows whole points only, and {part.name} is worth {part.points.max_score}: "
            "make the points of each category add up to a whole number in assignment.toml"
        )
    return most


def _tests(parts: Sequence[Part]) -> list[dict[str, Any]]:
    scores = whole_points([part.points.cents for part in parts])
    return [
        {
            "test-name": log_line(part.name),
            "passed": part.passed,
            "score": min(score, _most(part)),
            "max-score": _most(part),
            "message": log_line(part.advice),
        }
        for part, score in zip(parts, scores, strict=True)
    ]


def _grade(result: Result, final: Final, translate: Translate) -> dict[str, Any]:
    """Return the fields about points.

    The score never exceeds the maximum; a further line explains what the parts do not add up to.
    """
    parts = parts_of(result, final, translate)
    tests = _tests(parts)
    most = sum(test["max-score"] for test in tests) or int(final.max_score)  # a fault has no tests, and may have points
    score = min(most, (to_cents(final.score or 0.0) + 50) // 100)
    if unassigned_cents(final, parts) or score != sum(test["score"] for test in tests):
        data = {"score": shown(final.score or 0.0), "max_score": shown(final.max_score)}
        text = " · ".join([translate("report/total", data), *adjusted_in_text(result, translate)])
        adjusted = {"test-name": translate("report/adjusted-title", {}), "passed": True, "score": 0, "max-score": 0}
        tests.append({**adjusted, "message": log_line(text)})
    if note := trial(result, translate):
        tests.append({"test-name": log_line(note), "passed": True, "score": 0, "max-score": 0, "message": ""})
    return {"score": score, "max-score": most, "tests": tests}


def _time(text: str, what: str) -> str:
    if not _TIME.fullmatch(text):
        raise UsageError(f"{what} `{one_line(text)}` is no time as Classroom 50 writes it: 2026-11-23T14:00:00Z")
    return text


def _identity(options: Namespace) -> dict[str, str]:
    """Return the identity fields, by option.

    Raises:
        UsageError: something is not said, or is none of what it can be.
    """
    given = {name: getattr(options, name.replace("-", "_")) or "" for name in IDENTITY}
    given["assignment-type"] = given["assignment-type"] or "individual"
    given["review"] = given["review"] or given["commit"]
    missing = [name for name, value in given.items() if not value]
    if missing:
        name = missing[0]
        raise UsageError(f"Classroom 50 needs the {name}: set ${IDENTITY[name][0]}, or name it with --{name}")
    if not given["tag"].startswith("submit/"):
        raise UsageError(f"--tag `{one_line(given['tag'])}` is no tag of Classroom 50: it begins with submit/")
    return {name: one_line(value) for name, value in given.items()}


def classroom50_result(result: Result, options: Namespace, translate: Translate) -> dict[str, Any]:
    """Return the result as plain JSON values.

    Raises:
        UsageError: the identity is incomplete, points are no whole numbers, or it is excused.
        GraderFault: the grader has failed, and that system cannot be told that there is no grade.
    """
    final = final_grade(result)
    if final.excused:
        raise UsageError(f"{one_line(result.submission)} is excused: Classroom 50 knows no result without a grade")
    if final.score is None:
        why = "could not be graded, by no fault of its own"
        raise GraderFault(f"{one_line(result.submission)} {why}: Classroom 50 knows no result without a grade")
    identity = _identity(options)
    submitted = options.datetime or result.identity.submitted or result.provenance.started
    return {
        "schema": SCHEMA,
        "classroom": identity["classroom"],
        "assignment": identity["assignment"],
        "assignment_type": identity["assignment-type"],
        "owner": identity["owner"],
        "submission": identity["tag"],
        "commit": identity["commit"],
        "release": identity["release"],
        "review": identity["review"],
        "datetime": _time(submitted, "--datetime"),
        "graded_at": _time(result.provenance.started, "the start of the run"),
        **_grade(result, final, translate),
    }


def _from_environment(names: Sequence[str]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), None)


class Classroom50Exporter:
    """Writes one `result.json`. An `autograder.py` has to leave it in the student's checkout."""

    name = "classroom50"
    help = "result.json of Classroom 50, of one submission"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the identity options. Their defaults come from the runner's environment."""
        add_arguments(parser)
        for option, names in IDENTITY.items():
            default = "individual" if option == "assignment-type" else None
            parser.add_argument(
                f"--{option}",
                metavar="TEXT",
                default=_from_environment(names) or default,
                help=f"default: {', else '.join(f'${name}' for name in names)}",
            )
        parser.add_argument("--datetime", metavar="TIME", help="of the commit, as 2026-11-23T14:00:00Z")

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return one file, UTF-8."""
        result = select_result(results, options.submission, self.name)
        document = classroom50_result(result, options, translator(options.lang))
        return {"result.json": encode(document)}
