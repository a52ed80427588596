"""Results with everything that a page can show. `chromium` finds a browser to look at pages with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from grader.model import Adjustment, Allowed, Identity, Lateness, Metrics, PanelImage, Result
from tests.testing.results import PROVENANCE, confusion, scored

Visit = Callable[..., Any]
"""A fixture's type: it opens a file in the browser. Its options are those of Playwright's contexts."""
AXE_VARIABLE = "GRADER_AXE"
"""The variable that names `axe.min.js` of axe-core. With it the accessibility of pages is checked."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr circle line path rect".split())


def chromium() -> str | None:
    """Find a browser on this machine, or None. It is `$GRADER_CHROMIUM`, or one on the path."""
    named = os.environ.get("GRADER_CHROMIUM")
    return named or next((found for name in _BROWSERS if (found := shutil.which(name))), None)


def panel(wrong: int = 10) -> tuple[PanelImage, ...]:
    """Make sixteen images, of which the first `wrong` were misread. Each has one white row, by its place."""

    def image(place: int) -> PanelImage:
        pixels = bytes(255 if row == place else 0 for row in range(28) for _ in range(28))
        return PanelImage(100 + place, pixels, (place + (place < wrong)) % 10, place % 10, 0.99 - place / 100)

    return tuple(map(image, range(16)))


def measured() -> Metrics:
    """Return everything that a run measures. The accuracy is 9,913 of 10,000, and twelve fours were taken for nines."""
    table = confusion(991, {(4, 9): 12, (9, 4): 7, (7, 2): 1, (3, 5): 1})
    return Metrics(
        accuracy=0.9913,
        correct=9913,
        test_size=10_000,
        train_seconds=56.2,
        epochs=5,
        train_loss=(2.0, 1.0, 0.5, 0.25, 0.3),
        n_parameters=669_706,
        peak_memory_mb=812.0,
        confusion=table,
        panel=panel(),
        allowed=Allowed(900.0, 4096.0, 5_000_000),
    )


def eventful() -> Result:
    """Return a result with something of everything.

    It has mistakes of several kinds, blocked tests, adjustments, lateness and prints.
    """
    error = {
        "exception": "RuntimeError: mat1 and mat2 shapes cannot be multiplied (896x28 and 784x512)",
        "where": "net.py:23",
        "code": "x = self.hidden(x)",
    }
    return Result(
        identity=Identity("bob", {"name": "Боб Петров"}, "bob_LATE_hw-2.zip", ("hw-1.zip",)),
        status="failed",
        score=50.0,
        max_score=100.0,
        tests=(
            scored("structure/loads", points=(20.0, 20.0)),
            scored("dropout/scaling", "failed", (2.5, 5.0), hint="dropout/scaling",
                   data={"got": 1.0, "p": 0.2, "expected": 1.25}),
            scored("training/runs", "error", (0.0, 15.0), hint="outcome/layer-sizes", data=error),
            scored("training/epochs", "blocked", (0.0, 10.0), blocked_by="training/runs"),
            scored("accuracy/target", "failed", (27.5, 50.0), hint="accuracy/target",
                   data={"accuracy": 98.9, "right": 9890, "total": 10_000, "bar": 99.0}),
            scored("integrity/untrained", "failed", (0.0, 0.0), hint="integrity/untrained", data={"accuracy": 50.0},
                   staff_note="SECRET note"),
        ),
        metrics=measured(),
        provenance=PROVENANCE,
        flags=("integrity/untrained",),
        printed="loading\nepoch 1\n",
        adjustments=(Adjustment("", 5.0, relative=True, comment="a beautiful plot", by="Dr. Ivanova"),),
        lateness=Lateness(2, 10.0),
    )  # fmt: skip


def flawless() -> Result:
    """Return a result in which every test passed."""
    tests = (scored("structure/loads", points=(50.0, 50.0)), scored("accuracy/target", points=(50.0, 50.0)))
    return replace(
        eventful(), identity=Identity("alice"), status="passed", score=100.0, tests=tests, flags=(), printed="",
        adjustments=(), lateness=None,
    )  # fmt: skip


def fault() -> Result:
    """Return a result on which the grader failed."""
    return replace(flawless(), status="grader_error", score=None, tests=(), metrics=Metrics(), fault="SECRET fault")


class Outline(HTMLParser):
    """The elements, the text and the addresses of a page.

    Attributes:
        elements: start and end tags in order, with the names of their attributes.
        text: all text outside style and script.
        addresses: the values of href and src.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self._texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "elements are left open"

    @property
    def text(self) -> str:
        """The text of the page in single spaces."""
        return " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(f"<{tag} {' '.join(name for name, _ in attrs)}>")
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of an element."""
        if tag not in _VOID:
            assert self._open.pop() == tag, f"</{tag}> closes another element"
        self.elements.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that is closed at once, as in SVG."""
        self.handle_starttag(tag, attrs)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - as it is called
        """Note a comment. Our pages have none."""
        self.elements.append("<!--")

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if not {"style", "script"} & set(self._open):
            self._texts.append(data)
