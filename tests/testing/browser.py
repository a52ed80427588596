"""Open pages in a browser, and look for faults. Pages come from files or from servers of our own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.testing.pages import AXE_VARIABLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"width": 375, "height": 800}


@contextmanager
def opened(browser: Browser, url: str, *, expected: str | None = None, **context: Any) -> Iterator[Page]:
    """Open the page at `url`, and check it at the end.

    Nothing may have been said on the console, refused by the policy or fetched.

    Args:
        browser: the fixture of the tests that have one.
        url: of a file or a server of our own.
        expected: what the console may say all the same, None for nothing.
        context: what Playwright calls the options of a context, as `viewport` or `color_scheme`.
    """
    complaints: list[str] = []
    own = url.split("/", 3)[2]
    tab = browser.new_context(**context).new_page()
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda sent: complaints.append(sent.url) if _is_elsewhere(sent.url, own) else None)
    tab.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    try:
        tab.goto(url)
        yield tab
        assert [said for said in complaints if expected is None or expected not in said] == []
    finally:
        tab.context.close()


def _is_elsewhere(url: str, own: str) -> bool:
    scheme, _, rest = url.partition(":")
    return scheme != "data" and rest.removeprefix("//").split("/")[0] != own


def scrolls_sideways(page: Page) -> bool:
    """Tell whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def violations(page: Page) -> list[dict[str, Any]]:
    """Return everything that axe-core finds wrong with a page. Without axe-core the test is skipped."""
    path = os.environ.get(AXE_VARIABLE)
    if not path:
        pytest.skip(f"${AXE_VARIABLE} names no axe.min.js (`npm install axe-core` brings one)")
    page.evaluate(Path(path).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return found


def serious_findings(page: Page) -> list[str]:
    """Return a line for each serious finding of axe-core.

    Those are "serious" or "critical"; without axe-core the test is skipped.
    """
    return [
        f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}"
        for one in violations(page)
        if one["impact"] in {"serious", "critical"}
    ]
