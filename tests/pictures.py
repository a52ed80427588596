"""Draw the pictures of the README: `python -m tests.pictures`.

It needs Playwright and a Chromium. The student's page is that of a sample of the corpus which forgot half of dropout,
graded for real on the digits. The class is made up.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from grader.i18n import translator
from grader.report.pages.class_page import class_page
from tests.testing.classes import a_class
from tests.testing.pages import chromium

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / ".github" / "pictures"
SAMPLE = ROOT / "tests" / "submissions" / "buggy" / "dropout" / "own-dropout-not-scaled"
CLASS_SIZE = 60
SIZE = {"width": 1000, "height": 760}


def pages(folder: Path) -> dict[str, Path]:
    """Make the pages to be drawn, by name of picture."""
    submission, out = folder / "ann", folder / "grades"
    submission.symlink_to(SAMPLE)
    done = subprocess.run(
        [sys.executable, "-m", "grader", submission, "--dataset", "digits", "--out", out], check=False
    )
    if done.returncode not in {0, 1}:
        sys.exit("the sample could not be graded")
    of_class = folder / "index.en.html"
    of_class.write_bytes(class_page(a_class(CLASS_SIZE), translator("en")))
    return {"student": out / "ann" / "feedback.en.html", "class": of_class}


def main() -> None:
    """Draw the top of each page, as large as `SIZE`."""
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, path in pages(Path(folder)).items():
            tab = browser.new_page(viewport=SIZE, color_scheme="light")
            tab.goto(path.as_uri())
            tab.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
