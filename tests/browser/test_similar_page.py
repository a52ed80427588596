"""The page of look-alikes as an instructor reads it: by keyboard, at any width, by night and on paper."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.i18n import LANGUAGES, translator
from grader.similar.fingerprints import Place
from grader.similar.page import page as similar_page
from grader.similar.pairs import Pair
from tests.testing.browser import PHONE, opened, scrolls_sideways, violations
from tests.testing.results import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESK = {"width": 1280, "height": 900}
TRICK = " ".join(HOSTILE[:20])[:2000].replace("\n", " ")
NET = "import torch\n\n\n" + "".join(f"        x = self.hidden_{i}(x)  # the next of many\n" for i in range(30))
PROGRAMS = {
    "Anna Petrova": {"net.py": NET, "training.py": "def train():\n    pass\n"},
    "Пётр Ёлкин": {"net.py": NET},
    "x" * 90: {"net.py": NET + "y" * 190},
    f"z {TRICK}": {f"net {TRICK}.py": f"{TRICK}\n{NET}"},
}


def pairs() -> list[Pair]:
    """Each with the next; of a shared file the lines 4 to 20, and of the second half some."""
    names = list(PROGRAMS)
    places = {name: tuple(Place(path, *lines) for path in files for lines in ((4, 20), (25, 26)))
              for name, files in PROGRAMS.items()}  # fmt: skip
    return [Pair((one, other), (0.9, 0.5), (places[one], places[other])) for one, other in pairwise(names)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the English page; the Russian one lies beside it."""
    folder: Path = tmp_path_factory.mktemp("pages")
    for language in LANGUAGES:
        content = similar_page(pairs(), PROGRAMS, translator(language))
        (folder / f"similar.{language}.html").write_bytes(content)
    return (folder / "similar.en.html").as_uri()


def unfold(page: Page) -> None:
    """Open every pair."""
    page.locator("details").evaluate_all("all => all.forEach(e => { e.open = true })")


def boxes(page: Page) -> list[dict[str, float]]:
    """Where both sides of the first pair are."""
    sides = page.locator("details").first.locator("section")
    return sides.evaluate_all("all => all.map(e => e.getBoundingClientRect().toJSON())")


def test_pairs_unfold_by_keyboard(browser: Browser, url: str) -> None:
    """Tab goes from pair to pair, over the names of an open one; Enter opens and closes."""
    with opened(browser, url) as page:
        second = page.locator("details").nth(1)
        assert page.locator("details[open]").count() == 1
        page.locator("summary").first.focus()
        for _ in range(2 + 1):  # both names, then the next pair
            page.keyboard.press("Tab")
        assert not second.locator("section").first.is_visible()
        page.keyboard.press("Enter")
        assert second.locator("section").first.is_visible()
        page.keyboard.press("Enter")
        assert not second.locator("section").first.is_visible()


def test_both_stand_side_by_side_and_on_a_phone_below_each_other(browser: Browser, url: str) -> None:
    """With the same widths."""
    with opened(browser, url, viewport=DESK) as page:
        left, right = boxes(page)
        assert left["top"] == right["top"]
        assert left["right"] < right["left"]
        page.set_viewport_size(PHONE)
        first, second = boxes(page)
        assert first["bottom"] <= second["top"]
        assert first["left"] == second["left"]


@pytest.mark.parametrize("scheme", ["dark", "forced"])
def test_shared_lines_have_a_bar_and_other_numbers(browser: Browser, url: str, scheme: str) -> None:
    """So colour alone says nothing; also where the system chooses all colours."""
    options = {"forced_colors": "active"} if scheme == "forced" else {"color_scheme": scheme}
    with opened(browser, url, **options) as page:
        found = page.locator("details").first.locator(".file").first.locator("ol").evaluate_all(
            """all => all.map(e => [e.start, e.children.length, getComputedStyle(e).borderLeftWidth,
                                    getComputedStyle(e.children[0], '::marker').fontWeight])"""
        )  # fmt: skip
        plain, marked = ("0px", "400"), ("4px", "650")
        assert found == [[1, 3, *plain], [4, 17, *marked], [21, 4, *plain], [25, 2, *marked], [27, 7, *plain]]
        edges = page.locator("details").first.locator("li").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().left)"
        )  # fmt: skip
        assert len(set(edges)) == 2  # marked or not, code begins at one place on each side


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "ru"), (DESK, "en")], ids=["phone", "desk"])
def test_nothing_is_wider_than_the_window(browser: Browser, url: str, language: str, viewport: dict[str, int]) -> None:
    """Whatever names, paths and lines are like; and none of them does anything."""
    with opened(browser, url.replace(".en.", f".{language}."), viewport=viewport) as page:
        unfold(page)
        assert not scrolls_sideways(page)
        for side in page.locator("section").all():
            assert side.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert page.locator("img, iframe, script, [onerror], style:not(head style)").count() == 0
        assert "<script>alert(1)</script>" in page.locator("section").last.inner_text()
        protocols = page.locator("a").evaluate_all("all => all.map(a => new URL(a.href).protocol)")
        assert set(protocols) == {"file:"}


def test_the_other_language_is_one_click_away(browser: Browser, url: str) -> None:
    """There and back; and names lead to the students' pages in it."""
    with opened(browser, url) as page:
        page.get_by_role("link", name="Русский").click()
        assert page.locator("html").get_attribute("lang") == "ru"
        name = page.get_by_role("link", name="Пётр Ёлкин").first
        assert name.evaluate("e => decodeURI(e.href)").endswith("/Пётр Ёлкин/feedback.ru.html")
        page.get_by_role("link", name="English").click()
        assert page.locator("html").get_attribute("lang") == "en"


def test_on_paper_stands_what_is_unfolded(browser: Browser, url: str) -> None:
    """Side by side in dark ink on white, the bars too; of other pairs one line, and no links between pages."""
    with opened(browser, url, color_scheme="dark", viewport={"width": 680, "height": 900}) as page:
        page.emulate_media(media="print")
        assert not page.locator("nav").is_visible()
        left, right = boxes(page)
        assert left["right"] < right["left"]
        assert page.locator("summary").last.is_visible()
        assert not page.locator("section").last.is_visible()
        colours = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
        assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert page.locator("ol.shared").first.evaluate("e => getComputedStyle(e).borderLeftWidth") == "4px"
        assert not scrolls_sideways(page)


@pytest.mark.parametrize(
    ("viewport", "scheme", "language"),
    [(PHONE, "light", "ru"), (DESK, "dark", "en")],
)
def test_axe_finds_nothing(browser: Browser, url: str, viewport: dict[str, int], scheme: str, language: str) -> None:
    """Contrast, names, headings, lists, with everything unfolded: no violation of any weight."""
    with opened(browser, url.replace(".en.", f".{language}."), viewport=viewport, color_scheme=scheme) as page:
        unfold(page)
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations(page)] == []
