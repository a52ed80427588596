"""The class page shows all that an instructor looks for. Numbers on it are right, and strangers' text stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from grader.model import Identity, Result
from grader.report.escape import Translate
from grader.report.order import in_order
from grader.report.pages.class_mistakes import misconceptions
from grader.report.pages.class_mistakes import test_counts as counts_of_tests
from grader.report.pages.class_page import Live, class_page
from grader.report.pages.class_people import close_calls, time_spent
from grader.report.pages.class_spread import accuracy_spread, score_spread, spread_of
from grader.report.pages.class_table import categories_of, mistake_of, rows_of
from grader.roster import Person
from tests.testing.classes import MISTAKES, a_class
from tests.testing.results import HOSTILE, echo, make_hostile, scored
from tests.testing.stored import faulty, graded

PEOPLE = a_class(200)


class _Outline(HTMLParser):
    """The elements of a page, its visible text and its links. Elements come with the names of their attributes."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self._within = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name == "href"]
        self._within = tag

    def handle_data(self, data: str) -> None:
        if self._within not in {"style", "script"}:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - as HTMLParser calls it
        self._within = ""


def text_of(page: bytes) -> str:
    """Return the visible text of a page in single spaces."""
    return " ".join(" ".join(_Outline(page).text).split())


def test_it_says_all_that_there_is_to_know(translate: Translate) -> None:
    """The page shows all there is to know.

    That is counts, notes, faults, comments and who is missing. Each word comes from the catalogue.
    """
    text = text_of(class_page(PEOPLE, translate, [Person("Max Missing")]))
    for said in ("97 % before training", "7.1 KB in weights.py", "the disk is full", "as agreed", "Max Missing"):
        assert said in text
    for status in ("passed", "failed", "grader_error"):
        number = sum(result.status == status for result in PEOPLE)
        assert f"{translate(f'report/result-{status}', {})} {number} " in text
    for note in ("flagged", "late", "adjusted", "excused", "trial", "before", "earlier", "borderline"):
        assert text.count(translate(f"class/note-{note}", {})) >= 2  # in the menu, and in somebody's row
    assert "class/" not in text
    assert "report/" not in text


def test_the_time_of_the_last_result_is_for_people(translate: Translate) -> None:
    """As on a student's page: to the minute, and in UTC, which is said."""
    results = PEOPLE
    latest = replace(results[0], provenance=replace(results[0].provenance, started="2031-02-03T04:05:06Z"))
    text = text_of(class_page([latest, *results[1:]], translate))
    assert translate("class/last", {"last": "2031-02-03 04:05"}) in text
    assert "2031-02-03 04:05 UTC" in text


def test_a_row_holds_what_decides_a_grade(translate: Translate) -> None:
    """A row shows final points beside those that tests earned. Where there is no grade, there is no number."""
    rows = {row.link.name: row for row in rows_of(PEOPLE, categories_of(PEOPLE), translate)}
    late, adjusted, excused, fault = rows["s3"], rows["s4"], rows["s5"], rows["s9"]
    assert late.score.value == pytest.approx(float(late.earned) * 0.9)
    assert adjusted.score.value == float(adjusted.earned) + 2
    assert (excused.score.shown, excused.score.value, fault.score.value) == ("–", None, None)
    assert (fault.earned, rows["s1"].earned) == ("", "")
    assert "excused" in excused.notes
    assert rows["s1"].notes == ()


def test_misconceptions_are_counted_by_person(translate: Translate) -> None:
    """Mistakes are counted by person, the most frequent first.

    Each has an example and all names; two tests with one mistake count once.
    """
    groups = misconceptions(PEOPLE, translate)
    sizes = [len(group.people) for group in groups]
    assert sizes == sorted(sizes, reverse=True)
    assert groups[0].key == MISTAKES[0][1]
    by_key = {group.key: group for group in groups}
    for test, hint, _ in MISTAKES:
        having = [
            result.submission
            for result in PEOPLE
            if result.is_grade and any(one.verdict.test == test and one.verdict.hint == hint for one in result.tests)
        ]
        assert [link.name for link in by_key[hint].people] == having
    assert "zero_grad" in groups[0].example
    twice = replace(
        graded("zoe", 40),
        tests=(
            scored("training/own-gradient", "failed", (0.0, 4.0), hint="x"),
            scored("training/epochs", "failed", (0.0, 4.0), hint="x"),
        ),
    )
    (group,) = misconceptions([twice], translate)
    assert (len(group.people), group.first_for, len(group.tests)) == (1, 1, 2)


def test_an_accuracy_that_comes_of_a_mistake_is_none_of_its_own(translate: Translate) -> None:
    """Low accuracy counts only for who has no other mistake. A failed integrity test is no mistake to be explained."""
    target = scored("accuracy/target", "failed", (0.0, 30.0))
    other = scored("training/epochs", "failed", (0.0, 5.0), hint="training/epochs")
    flagged = scored("integrity/untrained", "failed", (0.0, 0.0), hint="integrity/untrained")
    alone = replace(graded("ann", 70), tests=(target,))
    both = replace(graded("bob", 65), tests=(other, target))
    cheat = replace(graded("cat", 70), tests=(flagged,))
    found = {group.key: [link.name for link in group.people] for group in misconceptions([alone, both, cheat], echo)}
    assert found == {mistake_of(target.verdict): ["ann"], "training/epochs": ["bob"]}
    rows = {row.link.name: row.mistakes for row in rows_of([alone, both, cheat], [], translate)}
    assert rows == {"ann": (mistake_of(target.verdict),), "bob": ("training/epochs",), "cat": ()}


def test_tests_that_fail_most_come_first() -> None:
    """The tests that fail most come first.

    Each tells how many could not be judged; trials beside grades do not count.
    """
    failed = scored("training/runs", "error", (0.0, 2.0))
    waits = scored("training/epochs", "blocked", (0.0, 2.0), blocked_by="training/runs")
    one = replace(graded("ann", 1), tests=(failed, waits))
    two = replace(graded("bob", 1), tests=(failed, scored("training/epochs")))
    trial = replace(one, identity=Identity("trial"), provenance=replace(one.provenance, dataset="digits"))
    three = replace(graded("cat", 1), tests=(scored("training/runs"), scored("training/epochs", "failed", (0.0, 2.0))))
    first, second = counts_of_tests([one, two, three, trial], echo)
    assert (first.title, first.not_passed, first.blocked, first.of) == ("training/runs", 2, 0, 3)
    assert (second.title, second.not_passed, second.blocked, second.of) == ("training/epochs", 1, 1, 3)
    assert [count.title for count in counts_of_tests([one, two], echo)] == ["training/runs"]


def test_shares_fall_into_the_bin_that_begins_at_them() -> None:
    """A share falls into the bin that begins at it.

    The last bin holds its end too; the fullest has the highest bar, an empty one none.
    """
    spread = spread_of([0.0, 0.1, 0.3 - 1e-12, 0.95, 1.0], [0.0, 0.1, 0.2, 0.3, 0.9, 1.0], goal=0.9)
    assert spread is not None
    assert [bar.count for bar in spread.bars] == [1, 1, 0, 1, 2]
    assert [bar.reached for bar in spread.bars] == [False, False, False, False, True]
    assert max(bar.height for bar in spread.bars) == spread.bars[4].height == 2 * spread.bars[0].height
    assert (spread.bars[2].height, spread.count, spread.median) == (0.0, 5, "30.0")
    assert spread_of([], [0.0, 1.0]) is None


def test_spreads_count_everybody_who_has_the_number() -> None:
    """A distribution counts everybody who has the number.

    That is a grade, or an accuracy; a trial beside grades does not count.
    """
    scores, accuracies = score_spread(PEOPLE), accuracy_spread(PEOPLE)
    assert scores is not None
    assert accuracies is not None
    assert scores.count == 200 - 3  # excused, a trial, a fault
    assert accuracies.count == 200 - 2
    assert sum(bar.count for bar in scores.bars) == scores.count
    reached = sum(bar.count for bar in accuracies.bars if bar.reached)
    assert reached == sum(result.is_grade and (result.metrics.accuracy or 0) >= 0.99 for result in PEOPLE)
    assert score_spread([faulty("ann")]) is None


@pytest.mark.parametrize("goal", [0.985, 0.9925, 1.0])
def test_who_has_reached_any_goal_is_shown_so(goal: float) -> None:
    """Whatever the goal is, bars of those who have reached it hold all of them and nobody else."""
    people = [
        replace(result, provenance=replace(result.provenance, threshold=goal)) for result in PEOPLE if result.is_grade
    ]
    accuracies = accuracy_spread(people)
    assert accuracies is not None
    reached = sum((result.metrics.accuracy or 0) >= goal for result in people)
    assert sum(bar.count for bar in accuracies.bars if bar.reached) == reached
    assert reached or goal == 1


def test_close_calls_have_the_goal_in_their_interval(translate: Translate) -> None:
    """Close calls have the goal within their interval. The closest come first, with the side that they are on."""
    calls = close_calls(PEOPLE, translate)
    assert len(calls) > 5
    for call in calls:
        assert float(call.low) <= 99 <= float(call.high)
        assert call.reached == (float(call.accuracy) >= 99)
    distances = [abs(float(call.accuracy) - 99) for call in calls]
    assert distances == sorted(distances)
    assert {call.reached for call in calls} == {True, False}


def test_time_names_the_longest(translate: Translate) -> None:
    """Time is told as sum, median and the three longest."""
    spent = time_spent(PEOPLE, translate)
    assert spent is not None
    assert spent.longest[0][1] == max(result.provenance.seconds for result in PEOPLE)
    assert len(spent.longest) == 3
    assert spent.total == pytest.approx(sum(result.provenance.seconds for result in PEOPLE))


def test_staff_notes_and_lists_are_there_only_for_who_has_them(translate: Translate) -> None:
    """Headings about trouble appear only where there is some. An empty class still has a page."""
    page = text_of(class_page([graded("ann", 100)], translate))
    for heading in ("class/people", "class/mistakes", "class/tests", "report/missing-title"):
        assert translate(heading, {}) not in page
    assert translate("class/table", {}) in text_of(class_page([], translate))


@pytest.mark.parametrize("trick", HOSTILE)
def test_strangers_text_adds_no_element(trick: str) -> None:
    """Hostile text adds no element to the page. It stands in a name, a message, a note, a fault or a comment."""

    def page_of(text: str) -> _Outline:
        hostile = make_hostile(text, PEOPLE[0])
        shown = replace(hostile, status="grader_error", adjustments=(replace(PEOPLE[3].adjustments[0], comment=text),))
        return _Outline(class_page([hostile, shown], echo, [Person(text)]))

    def without_empty_parts(outline: _Outline) -> list[tuple[str, tuple[str, ...]]]:
        return [element for element in outline.elements if element[0] not in {"small", "code", "span"}]

    harmless, tried = page_of("harmless"), page_of(trick)
    assert without_empty_parts(tried) == without_empty_parts(harmless)
    assert not any(re.match(r"(?!harmless)[a-z]+:", link) for link in tried.links if link != "data:,")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e\u2066]", "".join(tried.text))


def test_the_page_says_nothing_of_a_server_unless_there_is_one() -> None:
    """Only a served page may fetch, from its own server. A page in a file says nothing of a server."""
    in_file, served = class_page(PEOPLE, echo), class_page(PEOPLE, echo, live=Live("v1", running=True))
    assert b"connect-src" not in in_file
    assert b"connect-src &#39;self&#39;" in served
    assert b'data-version="v1"' in served
    assert b'id="live"' not in in_file


def test_rows_come_in_the_order_they_are_given_in(translate: Translate) -> None:
    """Rows keep the order that they are given in. That is how people sort names."""
    ordered: list[Result] = in_order(reversed(PEOPLE))
    rows = rows_of(ordered, categories_of(ordered), translate)
    assert [row.link.name for row in rows] == [f"s{number}" for number in range(1, 201)]
