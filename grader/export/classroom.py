"""GitHub Classroom's result of one step. The action autograding-grading-reporter turns it into points.

The service is gone since August 2026; its actions work in any repository. What the reporter reads, in
classroom-resources/autograding-grading-reporter at v1: `status`, `max_score`, and of each test `status`, `name`,
`line_no`, `message`, `test_code` and `score`. It adds up the scores as JavaScript numbers, prints texts as they are,
and fails its step where `status` is "fail" or "error".
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from grader.export.parts import add_arguments, parts_of, select_result, signed, trial, unassigned_cents
from grader.export.workflow import log_line
from grader.final import final_grade
from grader.i18n import translator
from grader.model import Result
from grader.report.adjusted import adjusted_in_text, final_line
from grader.report.escape import Translate
from grader.report.json import encode


def exact_terms(cents: Sequence[int]) -> list[float]:
    """Return point values with an exact floating-point sum.

    Added from the left, they give exactly the sum of the hundredths.

    They are the nearest numbers to their hundredths where these add up. Where not, as with 0.1 and 0.2, they are
    multiples of the last bit of the sum, so that nothing is rounded on the way; the largest takes what is missing.

    Args:
        cents: none below 0, so that no sum on the way is larger than the last.
    """
    terms, wanted = [each / 100 for each in cents], sum(cents) / 100
    if reduce(add, terms, 0.0) == wanted:
        return terms
    bit = math.ulp(wanted)
    terms = [round(term / bit) * bit for term in terms]
    largest = terms.index(max(terms))
    terms[largest] = 0.0
    terms[largest] = wanted - sum(terms)
    return terms


def deducted(cents: Sequence[int], rest: int) -> list[int]:
    """Deduct a negative `rest` from the points. It comes off the last entries first; a positive `rest` is appended."""
    reduced, debt = [], max(0, -rest)
    for each in reversed(cents):
        reduced.append(each - min(each, debt))
        debt -= min(each, debt)
    return [*reversed(reduced), max(0, rest)]


def _number(points: float) -> float:
    """Convert `points` for JSON: 20 rather than 20.0."""
    return int(points) if points == int(points) else points


def _test(name: str, status: str, score: float, message: str) -> dict[str, Any]:
    text = log_line(message)
    return {
        "name": log_line(name),
        "status": status,
        "score": _number(score),
        "message": text or None,
        "test_code": text,  # the only text that the reporter prints of a failed test
        "filename": "",
        "line_no": 0,
        "duration": 0,
    }


def _without_grade(result: Result, translate: Translate) -> dict[str, Any]:
    """Return a result without points.

    The reporter says nothing about 0 out of 0; it is an error where the grader is to blame.
    """
    excused = final_grade(result).excused
    status = "pass" if excused else "error"
    text = final_line(result, translate) if excused else translate("report/grader-error", {})
    tests = [_test(translate("github/grade", {}), status, 0.0, text)]
    return {"version": 1, "status": status, "max_score": 0, "tests": tests}


def classroom_result(result: Result, translate: Translate, *, strict: bool) -> dict[str, Any]:
    """Return the result as plain JSON values.

    Args:
        result: of one submission.
        translate: makes names and messages.
        strict: whether anything less than all tests passed fails the step.
    """
    final = final_grade(result)
    if final.score is None:
        return _without_grade(result, translate)
    parts = parts_of(result, final, translate)
    rest = unassigned_cents(final, parts)
    terms = exact_terms(deducted([part.points.cents for part in parts], rest))
    tests = [
        _test(f"{part.name}: {part.points}", "pass" if part.passed else "fail", term, part.advice)
        for part, term in zip(parts, terms, strict=False)
    ]
    if rest:
        name = f"{translate('report/adjusted-title', {})}: {signed(rest)}"
        tests.append(_test(name, "pass", terms[-1], " · ".join(adjusted_in_text(result, translate))))
    if note := trial(result, translate):
        tests.append(_test(note, "pass", 0.0, ""))
    status = "fail" if strict and result.status != "passed" else "pass"
    return {"version": 1, "status": status, "max_score": _number(final.max_score), "tests": tests}


class ClassroomExporter:
    """Writes one JSON object for the reporter. It has an entry for each category."""

    name = "classroom"
    help = "JSON for GitHub Classroom's reporting action, of one submission"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--submission`, `--lang` and `--strict`."""
        add_arguments(parser)
        parser.add_argument(
            "--strict", action="store_true", help="fail the job unless every test passed (default: points alone tell)"
        )

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return one JSON file. The job encodes it as base64 and sets it as the output `result` of a step."""
        result = select_result(results, options.submission, self.name)
        document = classroom_result(result, translator(options.lang), strict=options.strict)
        return {"classroom.json": encode(document)}
