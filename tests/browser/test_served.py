"""Tests of `grader serve` in a browser. The page follows a run, and leaves alone what its reader is doing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.i18n import translator
from grader.output import save_batch, save_result
from grader.serve import live
from grader.serve.server import listen
from tests.testing.browser import opened
from tests.testing.classes import a_class
from tests.testing.other_run import end, grade, running
from tests.testing.stored import stored

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHOWN = "#rows tbody tr:not([hidden])"
PEOPLE = a_class()[:12]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder with twelve submissions."""
    for result in PEOPLE:
        save_result(tmp_path, result, translator("en"))
    save_batch(tmp_path, PEOPLE, translator("en"))
    return stored(tmp_path, *PEOPLE)


@pytest.fixture
def url(out: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address at which that folder is served. Pages follow each other without a pause."""
    monkeypatch.setattr(live, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(live, "_SHARE", 1e9)
    listening = listen(out, language="en", host="127.0.0.1", port=0)
    thread = threading.Thread(target=listening.server.serve_forever, args=(0.01,))
    thread.start()
    with listening.server:
        yield listening.url
        listening.server.shutdown()
        thread.join()


def test_results_appear_and_nothing_that_was_chosen_is_lost(browser: Browser, out: Path, url: str) -> None:
    """New results appear without disturbing what the reader does.

    Search, order, unfolded details and focus stay; the page says when a run goes on and when it has ended.
    """
    with opened(browser, url) as page:
        page.locator("#rows th[data-key=score] button").click()
        details = page.locator("details[data-key^=who]").first
        details.locator("summary").click()
        page.locator("#q").press_sequentially("zo")
        assert page.locator(SHOWN).count() == 0
        with running(out) as process:
            page.get_by_text("A run is going on").wait_for()
            grade(process, "zoe")
            page.locator(f"{SHOWN} a", has_text="zoe").wait_for()
            assert page.locator("#q").evaluate("e => e === document.activeElement && e.value") == "zo"
            assert page.locator(SHOWN).count() == 1
            assert page.locator("#rows th[data-key=score]").get_attribute("aria-sort") == "ascending"
            assert details.evaluate("e => e.open")
            assert page.locator("#count").inner_text() == "Shown: 1 of 13"
            page.locator(f"{SHOWN} a").focus()
            grade(process, "zora")
            page.locator(f"{SHOWN} a", has_text="zora").wait_for()
            assert page.evaluate("document.activeElement.textContent") == "zoe"
            end(process)
        page.get_by_text("Kept up to date while it is open.").wait_for()


def test_links_lead_to_the_students_pages_and_back_to_the_other_language(browser: Browser, url: str) -> None:
    """Links to students and to the other language work. Each page keeps to the policy that is sent with it."""
    with opened(browser, url) as page:
        page.locator(f"{SHOWN} th a").first.click()
        page.wait_for_url("**/s1/feedback.en.html")
        assert page.locator("h1").inner_text()
        page.go_back()
        page.get_by_role("link", name="Русский").click()
        page.wait_for_url("**/index.ru.html")
        assert page.locator(SHOWN).count() == len(PEOPLE)


def test_a_server_that_is_gone_is_told(browser: Browser, url: str) -> None:
    """The page says when the server does not answer. It stays as it was until the server is back."""
    with opened(browser, url, expected="net::ERR_INTERNET_DISCONNECTED") as page:
        page.context.set_offline(True)
        page.get_by_text("The server does not answer").wait_for()
        assert page.locator(SHOWN).count() == len(PEOPLE)
        page.context.set_offline(False)
        page.get_by_text("Kept up to date while it is open.").wait_for()
