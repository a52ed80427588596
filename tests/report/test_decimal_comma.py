"""Numbers in Russian reports have a decimal comma. English ones have a point."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from grader.hidden import test_accuracy, test_integrity
from grader.i18n import translator
from grader.judge.marks import Misconception
from grader.model import Adjustment, Identity
from grader.protocol.observations import Predictions, Training
from grader.report.detail import class_at_a_glance, one_in_full
from grader.report.difference import difference_text
from grader.report.escape import Translate, markdown_message, message
from grader.report.line import finished
from grader.report.markdown import feedback
from grader.report.overview import overview
from grader.report.pages.class_page import class_page
from grader.report.pages.student import student_page
from grader.report.points import Points
from grader.report.words import decimal, points_in_words
from tests.testing.judging import FACTS
from tests.testing.pages import Outline, eventful
from tests.testing.results import scored

ENGLISH, RUSSIAN = translator("en"), translator("ru")
NUMBER = re.compile(r"(?<![\w.])\d+([.,])\d+(?![\w.])")
"""A number with a decimal mark. Versions and places in code have further points or letters."""

MIXED = replace(
    eventful(),
    tests=(
        *eventful().tests,
        scored("dropout/probability", "failed", (0.25, 17.5), hint="accuracy/low-bar",
               data={"accuracy": 88.88, "right": 8888, "total": 10_000, "bar": 95.0}),
    ),
    in_last_run=False,
    adjustments=(Adjustment("", 1.5, relative=True),),
)  # fmt: skip
OTHER = replace(
    MIXED, identity=Identity("clara"), tests=MIXED.tests[:-1], metrics=replace(MIXED.metrics, accuracy=0.9877)
)
TRIAL = replace(OTHER, identity=Identity("dora"), provenance=replace(OTHER.provenance, dataset="digits"))
CLASS = [MIXED, OTHER, TRIAL]

Shown = Callable[[Translate], str]
SHOWN: dict[str, Shown] = {
    "feedback": lambda words: feedback(MIXED, words),
    "student page": lambda words: Outline(student_page(MIXED, words)).text,
    "overview": lambda words: overview(CLASS, words),
    "class page": lambda words: Outline(class_page(CLASS, words).decode()).text,
    "table of a class": lambda words: class_at_a_glance(CLASS, words),
    "one on a terminal": lambda words: one_in_full(MIXED, words),
    "line of a run": lambda words: finished(MIXED, words),
    "difference": lambda words: difference_text([MIXED], [replace(OTHER, identity=MIXED.identity)], ("a", "b"), words),
}


def marks_in(text: str) -> str:
    """Return the decimal marks of the numbers in a text. There must be some; versions are left out."""
    own = text.replace(MIXED.provenance.grader, "").replace(MIXED.provenance.torch, "").replace("hw-2.zip", "")
    marks = [found[1] for found in NUMBER.finditer(own)]
    assert marks
    return "".join(sorted(set(marks)))


@pytest.mark.parametrize("place", SHOWN)
def test_every_place_has_the_mark_of_its_language(place: str) -> None:
    """Every place of a report has its language's decimal mark."""
    assert marks_in(SHOWN[place](RUSSIAN)) == ","
    assert marks_in(SHOWN[place](ENGLISH)) == "."


def test_points_and_numbers_keep_their_digits() -> None:
    """Points and numbers keep their digits. Text that is no number stays as it is."""
    assert points_in_words(Points(12_345, 20_000), RUSSIAN) == "123,45 / 200"
    assert points_in_words(Points(12_345, 20_000), ENGLISH) == "123.45 / 200"
    assert [decimal(text, RUSSIAN) for text in ("97.10", "nan", "—", "1.2.3")] == ["97,10", "nan", "—", "1.2.3"]


def test_an_accuracy_is_told_as_a_number() -> None:
    """An accuracy is told as a number, not as code."""
    scores = np.zeros((100, 10), np.float32)
    scores[np.arange(100), FACTS.answers] = 1
    scores[:7] = np.roll(scores[:7], 1, axis=1)
    facts = replace(FACTS, answers=FACTS.answers[:96], moved=FACTS.moved[:96])
    training = Training(b"", b"", b"", [1.0, 0.5], "list", 2, 1.0)
    with pytest.raises(Misconception) as found:
        test_accuracy.test_middle_bar(Predictions(scores[:96]), training, facts)
    hint, data = found.value.hint, found.value.data
    assert markdown_message(ENGLISH, hint, data).startswith("92.7 % of the test digits are right (89 of 96)")
    assert "Верно прочитано 92,7 % тестовых цифр (89 из 96)" in markdown_message(RUSSIAN, hint, data)
    assert "Верно прочитано 92,7 % тестовых цифр (89 из 96)" in message(RUSSIAN, hint, data)


@pytest.mark.parametrize("tests", [test_accuracy, test_integrity])
def test_messages_are_given_numbers(tests: object) -> None:
    """Hidden tests give numbers to messages, not formatted text.

    Reports would show such a text as code, with a point.
    """
    tree = ast.parse(inspect.getsource(tests))  # type: ignore[arg-type]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "fail"]
    given = [keyword.value for call in calls for keyword in call.keywords]
    assert given
    formatted = [one for value in given for one in ast.walk(value) if isinstance(one, ast.FormattedValue)]
    assert [ast.unparse(one) for one in formatted if one.format_spec is not None] == []
