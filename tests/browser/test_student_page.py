"""Tests of a student's page in a browser. Nothing runs in it, everything fits, and everybody can read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.report.pages.student import student_page
from tests.testing.browser import violations
from tests.testing.pages import Visit, eventful, fault, flawless
from tests.testing.results import HOSTILE, make_hostile

Make = Callable[[], Result]

PHONE = {"width": 360, "height": 740}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OWN_REFUSALS = """
new Promise(done => {
    const refused = [];
    document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
    const style = document.createElement('p');
    style.setAttribute('style', 'color: red');
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    const image = document.createElement('img');
    image.src = 'https://evil.example/x.png';
    document.body.append(style, script, image);
    setTimeout(() => done([window.ran === true, refused.sort()]), 200);
})
"""


def write(folder: Path, result: Result) -> dict[str, Path]:
    """Write the page of `result` in each language; return the paths."""
    paths = {language: folder / f"feedback.{language}.html" for language in LANGUAGES}
    for language, path in paths.items():
        path.write_text(student_page(result, translator(language)), encoding="utf-8", errors="replace")
    return paths


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [eventful, flawless, fault], ids=lambda make: make.__name__)
def test_nothing_is_wider_than_a_phone(make: Make, language: str, tmp_path: Path, visit: Visit) -> None:
    """The page fits a phone's width. It logs nothing to the console and requests nothing."""
    page = visit(write(tmp_path, make())[language], viewport=PHONE)
    assert page.evaluate(SIDEWAYS) == 0
    assert page.locator("h1").is_visible()


def test_style_and_pictures_pass_the_policy(tmp_path: Path, visit: Visit) -> None:
    """The policy lets the page's own style and pictures through.

    All sixteen pictures are shown as digits are drawn: without smoothing.
    """
    page = visit(write(tmp_path, eventful())["en"])
    assert page.evaluate("getComputedStyle(document.querySelector('.points b')).fontWeight") == "650"
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert widths == [28] * 16
    assert page.evaluate("getComputedStyle(document.images[0]).imageRendering") == "pixelated"


def test_the_policy_refuses_whatever_else_there_might_be(tmp_path: Path, browser: Any) -> None:
    """The policy refuses inline styles, scripts and foreign pictures.

    They are put into the page here, as if they had somehow got there.
    """
    page = browser.new_page()
    page.goto(write(tmp_path, eventful())["en"].as_uri())
    ran, refused = page.evaluate(OWN_REFUSALS)
    page.close()
    assert not ran
    assert refused == ["img-src", "script-src-elem", "style-src-attr"]


def test_hostile_text_stays_text(tmp_path: Path, visit: Visit) -> None:
    """Hostile text in a student's page stays plain text.

    With all tricks in every place there are as many elements as without, the same links, and nothing runs.
    """
    trick = " ".join(HOSTILE[:20])[:3000]
    count = "document.querySelectorAll('*').length"
    links = "[...document.links].map(link => link.getAttribute('href'))"
    pages = []
    for name, text in (("harmless", "harmless"), ("hostile", trick)):
        (tmp_path / name).mkdir()
        pages.append(visit(write(tmp_path / name, make_hostile(text, eventful()))["en"], viewport=PHONE))
    harmless, hostile = pages
    assert hostile.evaluate(count) == harmless.evaluate(count)
    assert hostile.evaluate(links) == harmless.evaluate(links)
    assert "<script>alert(1)</script>" in hostile.inner_text("h1")
    assert hostile.evaluate(SIDEWAYS) == 0


def test_the_other_language_is_one_click_away(tmp_path: Path, visit: Visit) -> None:
    """The other language is one click away, both ways."""
    page = visit(write(tmp_path, eventful())["en"])
    page.get_by_role("link", name="Русский").click()
    assert page.evaluate("document.documentElement.lang") == "ru"
    page.get_by_role("link", name="English").click()
    assert page.evaluate("document.documentElement.lang") == "en"


def test_on_paper_all_is_there_but_what_is_for_the_screen(tmp_path: Path, visit: Visit) -> None:
    """A printed page leaves out only what is for the screen.

    It has no language links, black on white even in dark mode, and eight pictures a row.
    """
    page = visit(write(tmp_path, eventful())["en"], color_scheme="dark", viewport={"width": 680, "height": 900})
    assert page.locator("nav").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    tops = page.evaluate("[...document.images].map(image => image.getBoundingClientRect().top)")
    assert len(set(tops)) == 2
    assert page.evaluate(SIDEWAYS) == 0


def test_a_dark_screen_gets_a_dark_page(tmp_path: Path, visit: Visit) -> None:
    """The page is dark where the reader's system asks for it."""
    paths, shade = write(tmp_path, eventful()), "getComputedStyle(document.body).backgroundColor"
    assert visit(paths["en"], color_scheme="dark").evaluate(shade) == "rgb(23, 25, 27)"
    assert visit(paths["en"], color_scheme="light").evaluate(shade) == "rgb(253, 253, 252)"


@pytest.mark.parametrize(
    ("make", "language", "colours"),
    [(eventful, "en", "light"), (eventful, "ru", "dark"), (flawless, "en", "dark"), (fault, "ru", "light")],
)
def test_axe_finds_nothing(make: Make, language: str, colours: str, tmp_path: Path, visit: Visit) -> None:
    """Axe finds no accessibility problem of any weight. It looks at contrast, names, headings and tables."""
    page = visit(write(tmp_path, make())[language], color_scheme=colours)
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations(page)] == []
