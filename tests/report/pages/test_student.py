"""A student's page says what to do first. It shows what was measured, and a submission cannot write into it."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.i18n import LANGUAGES, messages, translator
from grader.model import Metrics, Result, Said, Verdict
from grader.report.escape import Translate
from grader.report.pages.evidence import Evidence, advice_in_markdown, evidence_of
from grader.report.pages.reference import reference
from grader.report.pages.student import student_page
from grader.report.words import said_in_markdown
from solutions.objective import N_EPOCHS
from tests.testing.pages import Outline, eventful, fault, flawless, measured, panel
from tests.testing.results import HOSTILE, PROVENANCE, echo, make_hostile, scored

ENGLISH = translator("en")
LIMIT_BYTES = 300_000


@pytest.fixture(params=LANGUAGES)
def translate(request: pytest.FixtureRequest) -> Translate:
    """Translate into each language. A message of the pages that has no text fails the test."""
    words = translator(request.param)

    def strict(hint: str, data: object) -> str:
        text = words(hint, data)  # type: ignore[arg-type]
        if hint.startswith(("page/", "report/")):
            assert not text.startswith(hint), f"{hint} is not in the catalogue"
            assert "{" not in text, f"{hint} lacks data: {text}"
        return text

    return strict


def text_of(result: Result, translate: Translate = ENGLISH) -> str:
    """Return the text of a page as a reader sees it."""
    return Outline(student_page(result, translate)).text


def test_the_score_comes_first_then_what_to_repair_then_the_rest() -> None:
    """The score comes first, then what to repair, then the rest."""
    text = text_of(eventful())
    places = [
        "Feedback for bob",
        "50 / 100",
        "4 things to repair",
        "In the grade book: 49.5 of 100 points.",
        "What to repair, in this order",
        "Accuracy on the test set",
        "Sixteen images of the test set",
        "Digit by digit",
        "Training loss by epoch",
        "All tests",
        "What was measured, and how",
    ]
    found = [text.index(place) for place in places]
    assert found == sorted(found)


def test_each_mistake_has_its_evidence() -> None:
    """Each mistake is shown with its evidence.

    That is what was called, what came back, what was expected, and the student's own line.
    """
    text = text_of(eventful())
    assert (
        "What was called train(model, train_loader, criterion, optimizer, n_epochs, device) "
        "What came back RuntimeError: mat1 and mat2 shapes cannot be multiplied (896x28 and 784x512) "
        "What was expected list[float], len = n_epochs Your line net.py:23 x = self.hidden(x)"
    ) in text
    assert "What was called model(images) What was measured 1 What was expected 1.25" in text
    assert "What was called model(test_images) What was measured 98.9 % What was expected ≥ 99 %" in text
    names = (
        "What dropout keeps is scaled by 1/(1−p) partly, 2.5 / 5",
        "train runs to its end error, 0 / 15",
        "Accuracy: the goal partly, 27.5 / 50",
    )
    order = [text.index(name) for name in names]
    assert order == sorted(order)


def test_an_exception_is_told_once(translate: Translate) -> None:
    """An exception is told once. As it stands in the evidence, the advice begins with what to do."""
    page = student_page(eventful(), translate)
    assert page.count("mat1 and mat2") == 1
    assert "x.flatten(1)" in page


def test_advice_without_evidence_is_whole() -> None:
    """Advice without evidence is told whole. Such an exception has no line of the student's."""
    data = {"exception": "TypeError: oops", "where": "net.py", "code": "Net()"}
    nowhere = Verdict("structure/builds", "error", hint="outcome/error-nowhere", data=data)
    assert "TypeError: oops" in advice_in_markdown(nowhere, ENGLISH)
    assert evidence_of(nowhere, ENGLISH) == Evidence("Net()", "TypeError: oops", "nn.Module", where="net.py")
    unknown = Verdict("structure/builds", "error", hint="outcome/error", data=data | {"where": "net.py:3"})
    assert advice_in_markdown(unknown, ENGLISH) == ""
    assert evidence_of(unknown, ENGLISH).code == "Net()"


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_messages_of_exceptions_begin_alike(language: str) -> None:
    """Most messages of exceptions begin with the same sentence. By it advice is told apart from evidence."""
    words = translator(language)
    data = {"exception": "E", "where": "net.py:1", "code": "x"}
    alike = [
        advice_in_markdown(verdict, words) != said_in_markdown(verdict, words)
        for hint, text in messages(language).items()
        if hint.startswith("outcome/") and "{exception}" in text and "{where}" in text and "{code}" in text
        for verdict in [Verdict("structure/loads", "error", hint=hint, data=data)]
    ]
    assert len(alike) > 50
    assert sum(alike) > 0.9 * len(alike)


def test_evidence_is_found_in_messages_within_messages() -> None:
    """Evidence is found in messages within messages. A cell that cannot be read is told by another message."""
    place = Said("place/cell", {"cell": 2, "line": 3})
    cell = Said("structure/cell-unreadable-too", {"where": place, "exception": "SyntaxError: oops", "code": "def"})
    seen = evidence_of(Verdict("structure/loads", "failed", hint="x", data={"cells": (cell,)}), ENGLISH)
    assert (seen.got, seen.code) == ("SyntaxError: oops", "def")
    assert "2" in seen.where


def test_what_advice_expects_of_a_name_is_no_result() -> None:
    """A misspelt method is told in the advice alone. The result that was expected of the call are scores."""
    data = {
        "exception": "AttributeError: oops",
        "where": "net.py:9",
        "code": "x",
        "method": "init",
        "expected": "__init__",
    }
    verdict = Verdict("structure/output-shape", "failed", hint="outcome/method-misspelt", data=data)
    assert evidence_of(verdict, ENGLISH).expected == "(N, 10)"
    assert "`__init__`" in advice_in_markdown(verdict, ENGLISH)
    assert "oops" not in advice_in_markdown(verdict, ENGLISH)


def test_limits_and_large_numbers_are_legible() -> None:
    """Limits and large numbers are legible, as in "≤ 5 000 000"."""
    verdict = Verdict("structure/budget", "failed", hint="structure/too-many-parameters",
                      data={"got": 8_000_000, "limit": 5_000_000})  # fmt: skip
    seen = evidence_of(verdict, ENGLISH)
    assert (seen.got, seen.expected, seen.is_number) == ("8\u202f000\u202f000", "≤ 5\u202f000\u202f000", True)


def test_the_panel_reads_as_in_the_course() -> None:
    """Sixteen test images show prediction and truth, as in the course. A sign and words stand beside the colour."""
    page = student_page(eventful(), ENGLISH)
    assert page.count('src="data:image/png;base64,') == 16
    assert page.count('<li class="wrong">') == 10
    assert page.count('<li class="right">') == 6
    text = Outline(page).text
    assert "✗ 1 (0) wrong 99 %" in text
    assert "✓ 0 (0) right 89 %" in text
    assert 'alt="Test image 100, a 0"' in page


def test_without_a_panel_nothing_is_said_of_it(translate: Translate) -> None:
    """Without test images the page does not mention them. Results of earlier versions have none."""
    before = replace(eventful(), metrics=replace(measured(), panel=()))
    assert translate("page/panel", {}) in text_of(eventful(), translate)
    assert translate("page/panel", {}) not in text_of(before, translate)
    assert "<img" not in student_page(before, translate)


def test_every_digit_has_its_accuracy_and_its_mistakes() -> None:
    """Every digit has its accuracy and its most frequent mistakes."""
    text = text_of(eventful())
    assert "4 98.80 % 12 9 ×12" in text
    assert "0 100.00 % 0 —" in text
    assert re.search(r"The digit 0 1 2 3 4 5 6 7 8 9 0 991 · · · · · · · · ·", text)


def test_the_curve_stands_beside_that_of_the_reference() -> None:
    """On MNIST the reference's loss curve stands beside the student's.

    Another data set has one curve; both stand there in numbers as well.
    """
    page = student_page(eventful(), ENGLISH)
    assert page.count('<path class="mine"') == 2  # the curve and its legend
    assert page.count('<path class="theirs"') == 2
    assert "the reference solution" in page
    assert "<li>0.25</li><li>0.3</li>" in page
    trial = replace(eventful(), provenance=replace(PROVENANCE, dataset="digits", threshold=0.97))
    assert "the reference solution" not in student_page(trial, ENGLISH)
    assert "theirs" not in student_page(trial, ENGLISH).partition("</style>")[2]


@pytest.mark.parametrize("losses", [(math.nan,), (math.nan, math.inf, 1.0, math.nan, 2.0), (1e300, 0.0), (0.0, 0.0)])
def test_losses_that_are_no_numbers_leave_gaps(losses: tuple[float, ...], translate: Translate) -> None:
    """Losses that are no numbers leave gaps in the curve.

    The page is made all the same, and its coordinates are numbers.
    """
    page = student_page(replace(eventful(), metrics=Metrics(train_loss=losses)), translate)
    for points in re.findall(r' d="([^"]*)"', page):
        assert re.fullmatch(r"[ML\d.,-]+", points), points
    assert page.count("<li>") >= len(losses)


def test_the_reference_is_that_of_the_solutions() -> None:
    """The reference curve belongs to the solutions of today.

    It has as many epochs; otherwise it has to be made anew.
    """
    assert len(reference().train_loss) == N_EPOCHS
    assert reference().accuracy >= 0.99


def test_what_was_used_stands_beside_its_limit() -> None:
    """Time, memory and parameters stand beside their limits. Epochs have no limit."""
    text = text_of(eventful())
    assert "Time of the training 56 s of 900 s allowed" in text
    assert "Memory at its peak 812 MB of 4\u202f096 MB allowed" in text.replace("4 096", "4\u202f096")
    assert "Epochs 5" in text
    unknown = replace(eventful(), metrics=Metrics(train_seconds=56.2))
    assert "Time of the training 56 s" in text_of(unknown)
    assert "allowed" not in text_of(unknown)


def test_passing_everything_leaves_nothing_to_repair(translate: Translate) -> None:
    """Passing everything is praised; nothing is left to repair."""
    text = text_of(flawless(), translate)
    assert translate("report/all-passed", {}) in text
    assert translate("page/first", {}) not in text


def test_a_fault_of_the_grader_is_not_the_students(translate: Translate) -> None:
    """A fault of the grader is not told as the student's. The page has no points, and says why."""
    page = student_page(fault(), translate)
    assert translate("report/grader-error", {}) in Outline(page).text
    assert "SECRET" not in page
    assert not re.search(r"\d / \d", Outline(page).text)


def test_nothing_for_staff_is_shown(translate: Translate) -> None:
    """Notes and flags for staff are not shown. That a person will look is said."""
    page = student_page(eventful(), translate)
    assert "SECRET" not in page
    assert translate("report/flagged", {}) in Outline(page).text
    hidden = replace(eventful(), flags=("SECRET flag",))
    assert "SECRET" not in student_page(hidden, translate)


def test_a_trial_says_that_it_is_one(translate: Translate) -> None:
    """A page on the embedded digits says it is a trial. A page on MNIST never does."""
    trial = replace(eventful(), provenance=replace(PROVENANCE, dataset="digits", threshold=0.97))
    said = translate("report/trial", {"dataset": "digits", "threshold": "97"}).replace("`", "")
    plain = re.sub(r"\s+", "", said)
    assert plain in re.sub(r"\s+", "", text_of(trial, translate))
    assert plain not in re.sub(r"\s+", "", text_of(eventful(), translate))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_language_and_the_plain_text_are_one_click_away(language: str) -> None:
    """The page links to the other language and plain text. It links or loads nothing else outside itself."""
    page = student_page(eventful(), translator(language))
    (other,) = set(LANGUAGES) - {language}
    assert f'<html lang="{language}">' in page
    links = [address for address in Outline(page).addresses if not address.startswith(("#", "data:"))]
    assert links == [f"feedback.{other}.html", f"feedback.{language}.md"]


def test_a_page_is_small() -> None:
    """A page is small enough for e-mail. This one has the longest texts and a thousand epochs."""
    many = replace(measured(), train_loss=tuple(1 / (i + 1) for i in range(1000)))
    tests = tuple(
        scored(f"training/t{i}", "error", (0.0, 1.0), hint="outcome/error",
               data={"exception": "E" * 5000, "where": "net.py:1", "code": "c" * 5000})
        for i in range(40)
    )  # fmt: skip
    full = replace(eventful(), metrics=many, tests=tests, printed="p" * 100_000)
    for language in LANGUAGES:
        assert len(student_page(full, translator(language)).encode()) < LIMIT_BYTES
        assert len(student_page(eventful(), translator(language)).encode()) < 60_000


def everywhere(text: str) -> Result:
    """Return a result with `text` wherever a stranger can write."""
    said = replace(eventful().adjustments[0], comment=text, by=text)
    line = {"exception": text, "where": text, "code": text}
    seen = {"got": text, "expected": text, "where": Said("place/cell", {"cell": text, "line": text}), "code": text}
    more = (
        scored("training/runs", "error", (0.0, 1.0), hint="outcome/layer-sizes", data=line),
        scored("training/epochs", "failed", (0.0, 1.0), hint="training/epochs", data=seen),
    )
    hostile = make_hostile(text, replace(eventful(), adjustments=(said,)))
    return replace(hostile, tests=(*hostile.tests, *more))


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
def test_nobody_can_write_structure(text: str) -> None:
    """No submission can write elements into a page.

    Its names, exceptions and printed text change neither elements nor attributes.
    """
    harmless = Outline(student_page(everywhere("harmless"), echo))
    page = student_page(everywhere(text), echo)
    hostile = Outline(page)
    assert hostile.elements == harmless.elements
    assert hostile.addresses == harmless.addresses
    assert not set("\x1b\u202e\u2066\u200b\ufeff\x00\x08\x9b\r") & set(page)


def test_what_is_empty_leaves_no_row() -> None:
    """Empty evidence leaves no row and no heading."""
    for text in ("", " "):
        page = student_page(everywhere(text), ENGLISH)
        assert "<dd><code></code></dd>" not in page
        assert "<pre></pre>" not in page
        assert Outline(page).text


@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.sampled_from("<>&\"'`*/={}%#!-[]()\n\t xscript\ue000\ue001"), max_size=40).map("x{}".format))
def test_no_mixture_of_markup_writes_structure(text: str) -> None:
    """No mixture of markup writes elements into a page. It mixes signs of HTML, templates and our own marks."""
    harmless, hostile = (Outline(student_page(everywhere(each), echo)) for each in ("x", text))
    assert hostile.elements == harmless.elements
    assert hostile.addresses == harmless.addresses


def test_sixteen_images_are_told_apart() -> None:
    """Each of the sixteen images shows its own pixels."""
    assert len(set(re.findall(r'src="(data:image/png[^"]*)"', student_page(eventful(), ENGLISH)))) == 16
    assert len({one.pixels for one in panel()}) == 16
