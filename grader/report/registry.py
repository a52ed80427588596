"""The report files: file name → function for its content. A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol

from grader.late import late
from grader.model import Result
from grader.report.csv import grades_csv
from grader.report.escape import Translate
from grader.report.json import encode, to_json
from grader.report.markdown import feedback
from grader.report.overview import overview
from grader.roster import Person

SubmissionReport = Callable[[Result, Translate], bytes]


class ClassReport(Hashable, Protocol):
    """Makes a file about a class."""

    def __call__(self, results: Sequence[Result], translate: Translate, missing: Sequence[Person] = (), /) -> bytes:
        """Return the file's bytes. `missing` have handed in nothing."""
        ...


_student_page = late("grader.report.pages.student:student_page")
_class_page = late("grader.report.pages.class_page:class_page")
"""Loaded late, with the templates' engine. Whoever makes no page does without it."""


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")


IN_EVERY_LANGUAGE: Mapping[str, SubmissionReport] = {
    "feedback.{language}.md": lambda result, translate: _bytes(feedback(result, translate)),
    "feedback.{language}.html": lambda result, translate: _bytes(_student_page(result, translate)),
}
"""Reports on one submission, once per language."""

OF_A_SUBMISSION: Mapping[str, SubmissionReport] = {
    "result.json": lambda result, translate: encode(to_json(result, translate)),
}
"""Reports on one submission, in the run's language. They are written after those above, in this order."""


OF_A_BATCH_IN_EVERY_LANGUAGE: Mapping[str, ClassReport] = {
    "index.{language}.html": _class_page,
}
"""Reports on all submissions together, once per language."""

OF_A_BATCH: Mapping[str, ClassReport] = {
    "grades.csv": lambda results, translate, missing=(): grades_csv(results),
    "overview.md": lambda results, translate, missing=(): _bytes(overview(results, translate, missing)),
    "index.html": _class_page,
}
"""Reports on all submissions, in the run's language."""
