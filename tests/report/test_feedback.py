"""`feedback.md` says what to do first, in plain words. A submission cannot write into it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from importlib import resources

import pytest
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.categories import CATEGORIES
from grader.i18n import LANGUAGES, placeholders, translator
from grader.model import Identity, Metrics, Result, Said
from grader.report.escape import Translate, markdown_message, message
from grader.report.interval import wilson_interval
from grader.report.markdown import PRINTED_CHARACTERS, PRINTED_LINES, feedback, loss_bars, percent
from grader.report.words import title_in_markdown
from tests.testing.results import HOSTILE, PROVENANCE, echo, make_hostile, outline, scored, tokens_of

ENGLISH = translator("en")
PRINTED = "The end of what your program printed during the training"
ALLOWED = {"paragraph_open", "inline", "paragraph_close", "text", "code_inline", "em_open", "em_close"}
ASSIGNED = {"goal", "rules", "points", "steps", "n", "most", "minutes", "due", "percent"}
"""What the assignment fills into the texts of a release. Their ids begin with `course/`."""


def section(markdown: str, heading: str) -> str:
    """Return the text under a second-level heading."""
    return markdown.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_the_first_mistake_comes_first(failed: Result) -> None:
    """The first test that did not pass stands first. Its message is there; later mistakes don't stand above."""
    text = feedback(failed, ENGLISH)
    first = section(text, "What to do first")
    assert "**Net() builds a model** (`structure/builds`): structure/half got=`half`" in first
    assert "training/runs" not in first
    assert "train runs to its end" not in first
    assert text.index("22.5 of 100 points") < text.index("What to do first") < text.index("All tests")


def test_which_entry_was_graded_is_said_where_its_name_does_not(passed: Result) -> None:
    """The graded file is named where it differs from the submission. A platform may have renamed it."""
    renamed = replace(passed, identity=Identity("leeann_12", entry="leeann_LATE_12_99_hw-2.zip"))
    assert "What was graded: `leeann_LATE_12_99_hw-2.zip`." in feedback(renamed, ENGLISH)
    for entry in ("", "alice", "alice.zip", "alice.tar.gz"):
        assert "What was graded" not in feedback(replace(passed, identity=Identity("alice", entry=entry)), ENGLISH)


def test_earlier_attempts_are_listed_in_one_line(passed: Result, translate: Translate) -> None:
    """Earlier attempts are listed in one line. All of a few are named, or the first of many."""
    attempts = tuple(f"hw-{number}.zip" for number in range(9))
    text = feedback(replace(passed, identity=Identity("alice", earlier_attempts=attempts)), translate)
    (line,) = (line for line in text.splitlines() if "`hw-0.zip`" in line)
    assert line.endswith("`hw-5.zip`, ….")
    assert "hw-0.zip" not in feedback(passed, translate)


def test_what_a_mistake_holds_back_is_named(failed: Result) -> None:
    """Tests that wait for the first mistake are counted and listed. They may wait through one another."""
    first = section(feedback(replace(failed, tests=failed.tests[2:]), ENGLISH), "What to do first")
    waiting = ("train runs for n_epochs epochs", "The training ends in time", "Accuracy: the goal")
    assert "3 further tests can't be judged: " + "; ".join(waiting) in first


def test_of_many_that_wait_the_first_are_named(failed: Result, translate: Translate) -> None:
    """Of many waiting tests the first are named, and the number. All of them stand under their categories."""
    tests = tuple(scored(f"training/t{i}", "blocked", blocked_by="training/runs") for i in range(9))
    text = feedback(replace(failed, tests=(failed.tests[2], *tests)), translate)
    (line,) = (line for line in text.splitlines() if line.endswith("`training/t4`; …"))
    assert " 9 " in line
    assert "`training/t8`" in text.partition("### ")[2]


def test_every_test_is_listed_under_its_category(failed: Result, translate: Translate) -> None:
    """Every test is listed under its category with its points."""
    text = feedback(failed, translate)
    headings = re.findall(r"^### .* — (.*)$", text, re.MULTILINE)
    earned = translate("report/points", {"score": 22.5, "max_score": 25})
    assert headings == [earned, "0 / 25", "0 / 50"]
    assert earned in {"22.5 / 25", "22,5 / 25"}
    below = text.split("\n### ", 1)[1]
    for test in failed.tests:
        assert title_in_markdown(test.verdict.test, translate) in below
        assert test.verdict.status in {"passed", "blocked"} or f"(`{test.verdict.test}`)" in below


def test_what_a_test_waits_for_is_named_in_words(failed: Result, translate: Translate) -> None:
    """A blocked test names the test it waits for. It gives its title and its id."""
    text = feedback(failed, translate)
    for test in ("training/runs", "training/epochs", "accuracy/finishes"):
        data = {"title": title_in_markdown(test, translate), "test": f"`{test}`"}
        assert translate("report/waits-for", data) in text


def test_a_test_without_a_title_is_called_by_its_id(failed: Result, translate: Translate) -> None:
    """A test without a title is called by its id. A course may have such tests of its own."""
    own = (
        scored("structure/own", "failed", (0.0, 1.0)),
        scored("structure/next", "blocked", blocked_by="structure/own"),
    )
    text = feedback(replace(failed, tests=own), translate)
    assert "`structure/own`: structure/own" in text
    assert "`structure/next`" in text


def test_tests_that_wait_for_the_same_one_share_a_line(failed: Result) -> None:
    """Tests that wait for the same one share a line."""
    waiting = tuple(scored(f"training/t{i}", "blocked", (0.0, 2.0), blocked_by="training/runs") for i in range(3))
    text = feedback(replace(failed, tests=(*failed.tests[:3], *waiting)), ENGLISH)
    assert "- blocked, 0 / 6: `training/t0`; `training/t1`; `training/t2`. " in text


def test_passing_everything_is_praised(passed: Result) -> None:
    """Passing everything is praised; there is nothing to do first."""
    text = feedback(passed, ENGLISH)
    assert "Every test passed" in text
    assert "What to do first" not in text


def test_accuracy_comes_with_its_interval(passed: Result) -> None:
    """An accuracy comes with its interval and the goal. It is Wilson's 95 % interval of 9,913 of 10,000."""
    assert "99.13 % (9913 of 10000 digits; 95 % interval 98.92–99.29 %), goal 99 %" in feedback(passed, ENGLISH)


@pytest.mark.parametrize(
    ("correct", "count", "low", "high"),
    [
        (9900, 10_000, 0.98785, 0.99177),
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        (1, 1, 0.20654, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_interval_against_known_values(correct: int, count: int, low: float, high: float) -> None:
    """Wilson's interval has published values, also at both ends. Newcombe's example is 81 of 263."""
    assert wilson_interval(correct, count) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@pytest.mark.parametrize(("share", "text"), [(0.98999, "98.99"), (0.99, "99.00"), (0.9713, "97.13"), (1.0, "100.00")])
def test_an_accuracy_just_below_the_bar_is_shown_below_it(share: float, text: str) -> None:
    """An accuracy below the bar is shown below it. It is rounded down; nobody reads 99.00 % and misses its points."""
    assert percent(share) == text


def test_the_worst_confusions_are_named(passed: Result, translate: Translate) -> None:
    """The three most frequent mistakes are named, by digit. Each says of how many images of that digit."""
    lines = re.findall(r"^- (\d) .* (\d): (\d+) .* (\d+)$", feedback(passed, translate), re.MULTILINE)
    assert lines == [("4", "9", "12", "1003"), ("9", "4", "7", "998"), ("3", "5", "1", "992")]


def test_without_a_measurement_there_is_no_accuracy(failed: Result) -> None:
    """An untrained submission has no accuracy, curve or confusions."""
    text = feedback(failed, ENGLISH)
    assert "Accuracy on the test set" not in text
    assert "Training loss" not in text


@pytest.mark.parametrize(("epochs", "first", "last"), [(1, 1, 1), (12, 1, 12), (50, 1, 50), (400, 1, 400)])
def test_the_learning_curve_is_short_and_whole(passed: Result, epochs: int, first: int, last: int) -> None:
    """The loss curve has at most twelve rows.

    It keeps the first and last epoch; the highest loss has the longest bar.
    """
    losses = tuple(2.0 / (epoch + 1) for epoch in range(epochs))
    curve = section(feedback(replace(passed, metrics=Metrics(train_loss=losses)), ENGLISH), "Training loss by epoch")
    rows = [line.split() for line in curve.strip().splitlines()[1:-1]]
    assert len(rows) <= 12
    assert (rows[0][0], rows[-1][0]) == (str(first), str(last))
    assert rows[0][1:] == ["2.0000", "█" * 40]


def test_a_loss_that_is_no_number_is_shown_as_such(passed: Result) -> None:
    """A loss that is no number has no bar. The bars of the others stay as they are."""
    metrics = Metrics(train_loss=(4.0, math.nan, math.inf, 2.0))
    rows = section(feedback(replace(passed, metrics=metrics), ENGLISH), "Training loss by epoch")
    assert [line.split()[1:] for line in rows.strip().splitlines()[1:-1]] == [
        ["4.0000", "█" * 40],
        ["nan"],
        ["inf"],
        ["2.0000", "█" * 20],
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loss_beyond_measure_is_short(language: str) -> None:
    """A loss beyond all measure is written with a power of ten. In full it could have three hundred digits."""
    lines = loss_bars((1e308, -1.5e300, 999_999.0), translator(language))
    numbers = [line.split()[1] for line in lines]
    assert [number.replace(",", ".") for number in numbers] == ["1e+308", "-1.5e+300", "999999.0000"]


def test_only_the_end_of_what_was_printed_is_shown(passed: Result) -> None:
    """Of long output only the last lines are shown. They are unchanged, and bounded in length."""
    lines = [f"step {i}: " + "y" * (i % 300) for i in range(5000)]
    shown = section(feedback(replace(passed, printed="\n".join(lines)), ENGLISH), PRINTED)
    kept = shown.strip().splitlines()[1:-1]
    assert 10 < len(kept) <= PRINTED_LINES
    assert len(shown) < PRINTED_CHARACTERS + 50
    assert kept[-1].startswith("step 4999: ")
    assert all(len(line) <= 200 for line in kept)


def test_what_the_probes_made_a_program_print_stands_apart(passed: Result, translate: Translate) -> None:
    """Output from probes stands apart, under its own heading.

    It is shown only where the graded training printed nothing.
    """
    training, probing = (f"## {translate(f'report/{name}', {})}\n" for name in ("printed", "printed-probing"))
    both = feedback(replace(passed, printed="epoch 1\n", printed_probing="probed\n"), translate)
    assert training in both
    assert "epoch 1" in both
    assert "probed" not in both
    assert probing not in both
    one = feedback(replace(passed, printed=" \n", printed_probing="probed\n"), translate)
    assert probing in one
    assert "probed" in one
    assert training not in one


def test_of_a_progress_bar_the_last_state_is_shown(passed: Result) -> None:
    """Of a progress bar only its last state is shown. It takes one line, without the sequences that drew it."""
    printed = "start\r\n\x1b[32m 0%|   |\r 50%|#  |\r100%|###|\x1b[0m\ndone"
    shown = section(feedback(replace(passed, printed=printed), ENGLISH), PRINTED)
    assert shown.strip().splitlines()[1:-1] == ["start", "100%|###|", "done"]


def test_nothing_for_staff_is_shown(failed: Result, broken: Result, translate: Translate) -> None:
    """Feedback shows no notes, flags or faults meant for staff."""
    noted = scored("integrity/untrained", "failed", (0.0, 0.0), hint="x", staff_note="SECRET note")
    text = feedback(replace(failed, tests=(*failed.tests, noted), flags=("SECRET flag",)), translate)
    assert "SECRET" not in text
    assert "disk full" not in feedback(broken, translate)


def test_a_fault_of_the_grader_is_not_the_students(broken: Result) -> None:
    """A fault of the grader shows no points."""
    text = feedback(broken, ENGLISH)
    assert "not your fault" in text
    assert "points" not in text


@pytest.mark.parametrize("name", ["passed", "failed", "broken"])
def test_the_embedded_digits_are_always_declared(
    name: str, request: pytest.FixtureRequest, translate: Translate
) -> None:
    """Feedback on the embedded digits says it is a trial. Feedback on MNIST never does."""
    result = request.getfixturevalue(name)
    trial = replace(result, provenance=replace(PROVENANCE, dataset="digits", threshold=0.97))
    assert re.search(r"^> .*`digits`.*97 %", feedback(trial, translate), re.MULTILINE)
    assert not re.search(r"^>", feedback(result, translate), re.MULTILINE)


def test_every_category_and_status_has_its_words(passed: Result, translate: Translate) -> None:
    """Every category and status has its text. The fixture refuses a message without one."""
    statuses = ("failed", "timeout", "crashed", "error", "blocked")
    tests = tuple(
        scored(f"{category}/{status}", status, (0.0, 1.0), blocked_by="a/b" if status == "blocked" else None)
        for category in CATEGORIES
        for status in statuses
    )
    text = feedback(replace(passed, status="failed", tests=tests, flags=("x",), printed="x"), translate)
    assert "report/" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_submission_cannot_write_structure(passed: Result, text: str) -> None:
    """A submission cannot write headings, lists or prose. Its names, exceptions and printed text stay in code."""
    result = replace(passed, status="failed")
    harmless = outline(feedback(make_hostile("harmless", result), echo))
    hostile = feedback(make_hostile(text, result), echo)
    assert outline(hostile) == harmless
    assert "\x1b" not in hostile
    assert not set("\u202e\u2066\u200b\ufeff\x00\x08\x9b\r") & set(hostile)


@settings(derandomize=True, deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.sampled_from("`~*_[]()<>#&\\!|:/@\n\r\t -=+1.x{}\x1b\ue000\ue0010"), max_size=30))
def test_no_mixture_of_markup_writes_structure(passed: Result, text: str) -> None:
    """No mixture of markup writes headings, lists or prose. It mixes signs of Markdown, terminals and our own marks."""
    result = replace(passed, status="failed")
    assert outline(feedback(make_hostile(text, result), echo)) == outline(feedback(make_hostile("x", result), echo))


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_inside_the_catalogues_code_stays_inside(text: str) -> None:
    """Text filled into a code span stays inside it."""
    templates = ("See `{x} here` and {x}.", "{x}`{x}`{x}", "`a {x}` {x} `{x} b`")
    for template in templates:
        filled = markdown_message(lambda hint, data, t=template: t.replace("{x}", str(data["x"])), "id", {"x": text})
        plain = markdown_message(lambda hint, data, t=template: t.replace("{x}", str(data["x"])), "id", {"x": "x"})
        assert [token.type for token in tokens_of(filled)] == [token.type for token in tokens_of(plain)]


def test_messages_in_messages_are_put_into_words() -> None:
    """A message filled into a message is put into words.

    A place is prose with strangers' text in code; each of several begins after a full stop or a semicolon.
    """
    cell = Said("place/cell", {"cell": 2, "line": 3})
    names = (
        Said("missing/in-cells", {"name": "train"}),
        Said("missing/like", {"name": "N_EPOCHS", "found": HOSTILE[0], "where": cell}),
    )
    faults = (
        Said("outcome/error", {"exception": "a", "where": cell, "code": "b"}),
        Said("missing/in-cells", {"name": "c"}),
    )
    text = message(ENGLISH, "structure/cell-names-missing", {"names": names})
    assert "notebook: `train`; `N_EPOCHS`, which you" in text
    assert "(code cell 2, line 3): rename" in text
    marked = markdown_message(ENGLISH, "structure/cell-names-missing", {"names": names})
    assert {token.type for token in tokens_of(marked)} <= ALLOWED
    assert message(ENGLISH, "structure/faults", {"faults": faults}).endswith("at code cell 2, line 3: `b`; `c`")
    assert message(ENGLISH, "structure/faults", {"faults": ()}).endswith("names.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_prose_and_code_whatever_fills_it(language: str) -> None:
    """Every message is prose, code and emphasis, whatever fills it.

    Only texts of a release have other markup, which the assignment alone fills.
    """
    with resources.files("grader.i18n").joinpath(f"{language}.po").open("rb") as file:
        entries = [entry for entry in read_po(file, locale=language) if isinstance(entry.id, str) and entry.id]
    words = translator(language)
    assert len(entries) > 50
    for entry in entries:
        names = placeholders(str(entry.string))
        if str(entry.id).startswith("course/") and names <= ASSIGNED:
            continue
        plain = tokens_of(markdown_message(words, str(entry.id), dict.fromkeys(names, "x")))
        kinds = {token.type for token in plain}
        assert kinds <= ALLOWED, entry.id
        for text in HOSTILE:
            filled = tokens_of(markdown_message(words, str(entry.id), dict.fromkeys(names, text)))
            assert [token.type for token in filled] == [token.type for token in plain], (entry.id, text)
