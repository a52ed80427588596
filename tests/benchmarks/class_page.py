"""Time to write a large class page, and to use it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.i18n import translator
from grader.report.pages.class_page import class_page
from tests.benchmarks.base import Bench, Goal, Row
from tests.testing.classes import a_class
from tests.testing.pages import chromium

N = 1000
_UNTIL_USABLE = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_ANSWER = """(act) => new Promise(done => {
    const begun = performance.now();
    if (act === "search") {
        const field = document.getElementById("q");
        field.value = field.value ? "" : "anna";
        field.dispatchEvent(new Event("input"));
    } else document.querySelector("#rows th[data-key=score] button").click();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
})"""
"""A script that acts, then waits until the result is painted."""


def _in_browser(page: Any, address: str) -> dict[str, Callable[[], float]]:
    """The actions to measure in a browser, each in seconds."""

    def opened() -> float:
        page.goto(address)
        return float(page.evaluate(_UNTIL_USABLE)) / 1000

    return {
        "opened until it can be used": opened,
        "searched": lambda: float(page.evaluate(_ANSWER, "search")) / 1000,
        "sorted": lambda: float(page.evaluate(_ANSWER, "sort")) / 1000,
    }


def _seen(bench: Bench, path: Path) -> list[Row]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return [Row(f"the page of {N:,} in a browser", (), remark="Playwright is not installed")]
    executable = chromium()
    if executable is None:
        return [Row(f"the page of {N:,} in a browser", (), remark="there is no Chromium here")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        found = bench.in_turns(_in_browser(browser.new_page(), path.as_uri()))
        browser.close()
    return [Row(f"the page of {N:,} {what}", tuple(values), wanted=Goal(1.0)) for what, values in found.items()]


def measure(bench: Bench) -> list[Row]:
    """Measure a class page. It is written, opened, searched and sorted."""
    results, translate, path = a_class(N), translator("en"), bench.folder / "index.html"
    seconds = []
    for _ in bench.each_round(f"the page of {N:,}"):
        begin = time.perf_counter()
        path.write_bytes(class_page(results, translate))
        seconds.append(time.perf_counter() - begin)
    return [Row(f"the page of {N:,} made", tuple(seconds)), *_seen(bench, path)]
