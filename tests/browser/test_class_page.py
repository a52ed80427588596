"""Tests of the class page as an instructor uses it.

It is sorted, filtered and searched, by keyboard too, at any width.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.report.pages.class_page import class_page
from grader.roster import Person
from tests.testing.browser import PHONE, opened, scrolls_sideways, serious_findings
from tests.testing.classes import a_class
from tests.testing.results import HOSTILE, make_hostile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SHOWN = "#rows tbody tr:not([hidden])"
PEOPLE = a_class()
STATUSES = ("passed", "failed", "grader_error")


def written(folder: Path, results: list[Result], *, missing: tuple[Person, ...] = ()) -> str:
    """Write the class page in both languages; return the English address."""
    for language in LANGUAGES:
        page = class_page(results, translator(language), missing)
        (folder / f"index.{language}.html").write_bytes(page)
    return (folder / "index.en.html").as_uri()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a page for a class of 24. Each list of the page has somebody."""
    return written(tmp_path_factory.mktemp("pages"), PEOPLE, missing=(Person("Max Missing"),))


def names(page: Page) -> list[str]:
    """The submissions shown, from top to bottom."""
    return page.locator(f"{SHOWN} th a").all_text_contents()


def column(page: Page, number: int) -> list[str]:
    """The shown cells of one column, from top to bottom."""
    return page.locator(f"{SHOWN} > :nth-child({number})").all_inner_texts()


def test_columns_sort_both_ways_by_keyboard(browser: Browser, url: str) -> None:
    """Tab and Enter sort a column in both directions.

    The heading says which way, numbers sort as numbers, and who has none comes last.
    """
    with opened(browser, url) as page:
        assert names(page) == [result.submission for result in PEOPLE]
        page.locator("#q").focus()
        for _ in range(4 + 3):  # three menus, then the scrolling region of the table, then the third heading
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        heading = page.locator("#rows th[data-key=score]")
        assert heading.get_attribute("aria-sort") == "ascending"
        assert page.locator("#rows th[aria-sort]").count() == 1
        rising = column(page, 3)
        scores = [float(cell.split("\n")[0]) for cell in rising[:-2]]
        assert scores == sorted(scores)
        assert len(set(scores)) > 5
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "descending"
        falling = column(page, 3)
        assert [cell.split("\n")[0] for cell in rising[-2:]] == [cell.split("\n")[0] for cell in falling[-2:]]
        assert {cell.split("\n")[0] for cell in falling[-2:]} == {"–"}
        assert float(falling[0].split("\n")[0]) == max(scores)


def test_search_finds_as_it_is_typed_whatever_the_accents(browser: Browser, url: str) -> None:
    """The search finds people while text is typed.

    It looks at names in any script, numbers and first mistakes, and announces how many are shown.
    """
    with opened(browser, url) as page:
        announced = page.locator("#count")
        assert (announced.get_attribute("aria-live"), announced.inner_text()) == ("polite", "Shown: 24 of 24")
        page.locator("#q").press_sequentially("nunez")
        assert names(page) == ["s3", "s11", "s19"]
        assert announced.inner_text() == "Shown: 3 of 24"
        page.locator("#q").fill("ПЕТР елкин 18")
        assert names(page) == ["s18"]
        page.locator("#q").fill("10012")
        assert names(page) == ["s12"]
        page.locator("#q").fill("no such name")
        assert names(page) == []
        page.get_by_role("button", name="Show all").press("Enter")
        assert len(names(page)) == 24
        assert page.locator("#q").evaluate("e => e === document.activeElement")


def test_filters_add_up_and_stay_in_the_address(browser: Browser, url: str) -> None:
    """Filters combine, and survive a reload or a language change. There are filters for status, category and notes."""
    with opened(browser, url) as page:
        page.locator("#note").select_option("flagged")
        assert names(page) == ["s2"]
        page.locator("#note").select_option("")
        page.locator("#status").select_option("failed")
        failed = names(page)
        page.locator("#lost").select_option("dropout")
        both = names(page)
        assert set(both) < set(failed)
        expected = [
            result.submission
            for result in PEOPLE
            if any(test.verdict.category == "dropout" and test.score < test.max_score for test in result.tests)
        ]
        assert both == expected
        page.reload()
        assert names(page) == both
        page.get_by_role("link", name="Русский").click()
        assert page.locator("html").get_attribute("lang") == "ru"
        assert names(page) == both
        assert page.locator("#lost").input_value() == "dropout"


def test_a_misconception_leads_to_who_has_it(browser: Browser, url: str) -> None:
    """A misconception's link shows exactly the students who have it.

    There are as many rows as counted, with the names of the list.
    """
    with opened(browser, url) as page:
        first = page.locator(".misconceptions > li").first
        first.get_by_role("link", name="Show them in the table").click()
        page.wait_for_function("!document.getElementById('only').hidden")
        first.locator("summary").click()
        assert names(page) == first.locator(".names a").all_text_contents()
        assert str(len(names(page))) == first.locator(".much strong").inner_text()
        assert first.locator("h3").inner_text() in page.locator("#only").inner_text()


def test_rows_lead_to_the_page_of_the_student(browser: Browser, url: str) -> None:
    """A row's link leads to that student's page. It is in the language of the class page."""
    with opened(browser, url) as page:
        link = page.locator(f"{SHOWN} th a").first
        assert link.get_attribute("href") == "s1/feedback.en.html"


def test_strangers_text_stays_text(browser: Browser, tmp_path: Path) -> None:
    """Hostile text in a class page stays plain text.

    In names, notes, messages and faults it runs nothing, adds no link and makes the page no wider than a phone.
    """
    tricks = ['"><img src=x onerror=alert(1)>', "javascript:alert(1)", "../../etc/passwd", "x" * 300, *HOSTILE]
    people = [make_hostile(trick, PEOPLE[0]) for trick in tricks]
    people += [replace(result, status="grader_error", score=None, tests=()) for result in people]
    url = written(tmp_path, people, missing=tuple(Person(trick) for trick in tricks))
    with opened(browser, url, viewport=PHONE) as page:
        assert len(names(page)) == len(people)
        assert page.locator("img, iframe, script:not(:last-child), [onerror], style:not(head style)").count() == 0
        page.locator("details").evaluate_all("all => all.forEach(e => { e.open = true })")
        leading = page.locator("main a").evaluate_all("all => all.map(a => new URL(a.href))  .map(u => u.protocol)")
        assert set(leading) == {"file:"}
        links = page.locator("#rows tbody a").evaluate_all("all => all.map(a => decodeURI(a.getAttribute('href')))")
        assert not [link for link in links if link.startswith(("/", ".")) and link.count("/") > 1]
        assert not scrolls_sideways(page)
        page.locator("#q").fill("<script>alert(1)")
        assert names(page)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_without_scrolling_sideways(browser: Browser, url: str, language: str, scheme: str) -> None:
    """The class page fits a phone without scrolling sideways.

    This holds in both languages and both colour schemes with everything unfolded, and each mark has a word beside it.
    """
    address = url.replace(".en.", f".{language}.")
    with opened(browser, address, viewport=PHONE, color_scheme=scheme) as page:
        page.locator("details").evaluate_all("all => all.forEach(e => { e.open = true })")
        assert not scrolls_sideways(page)
        cut_off = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel)"
        assert page.locator(".scroll").evaluate_all(cut_off) == []
        assert page.locator(f"{SHOWN} td.first").first.is_visible()
        words = page.locator(f"{SHOWN} .word").all_text_contents()
        assert set(words) == {translator(language)(f"report/result-{name}", {}) for name in STATUSES}
        page.set_viewport_size({"width": 1280, "height": 900})
        assert not scrolls_sideways(page)


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_serious_to_say(browser: Browser, url: str, viewport: dict[str, int], scheme: str) -> None:
    """Axe finds no serious accessibility problem.

    Everything is unfolded while it checks contrast, names, roles, order of headings and the like.
    """
    with opened(browser, url, viewport=viewport, color_scheme=scheme) as page:
        page.locator("details").evaluate_all("all => all.forEach(e => { e.open = true })")
        assert serious_findings(page) == []


def test_a_thousand_rows_are_filtered_as_they_are_typed(browser: Browser, tmp_path: Path) -> None:
    """A class of 1,000 is filtered with every key typed. Sorting moves every row."""
    path = tmp_path / "index.en.html"
    path.write_bytes(class_page(a_class(1000), translator("en")))
    with opened(browser, path.as_uri()) as page:
        assert page.locator("#count").inner_text() == "Shown: 1000 of 1000"
        shown = page.evaluate(
            """() => {
                const q = document.getElementById("q"), counts = [];
                for (const text of ["1", "10", "109", "1098"]) {
                    q.value = text;
                    q.dispatchEvent(new Event("input"));
                    counts.push(document.querySelectorAll("#rows tbody tr:not([hidden])").length);
                }
                return counts;
            }"""
        )
        assert shown[0] == 1000  # every number begins with 1
        assert shown == sorted(shown, reverse=True)
        assert names(page) == [f"s98{last}" for last in range(10)]
        page.locator("#q").fill("")
        page.locator("#rows th[data-key=percent] button").click()
        cells = page.locator(f"{SHOWN} > :nth-child(9)").all_text_contents()
        accuracies = [float(cell) for cell in cells if cell]
        assert len(accuracies) > 900
        assert accuracies == sorted(accuracies)


def test_without_scripts_the_table_is_whole(browser: Browser, url: str) -> None:
    """Without JavaScript the table is whole. Controls that would need it are hidden."""
    with opened(browser, url, java_script_enabled=False) as page:
        assert page.locator("#rows tbody tr").count() == 24
        assert not page.locator("#tools").is_visible()
        assert not page.get_by_text("Show them in the table").first.is_visible()
