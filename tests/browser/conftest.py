"""A browser for all tests of this folder. The pages opened here report what goes wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.testing.browser import opened
from tests.testing.pages import Visit, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = chromium()
    if executable is None:
        pytest.skip("there is no Chromium on this machine: install it, or name one in $GRADER_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """Open a file: `visit(path, **context_options)`.

    Fails at the end if a page logged an error or asked for anything.
    """
    with ExitStack() as pages:
        yield lambda path, **options: pages.enter_context(opened(browser, path.as_uri(), **options))
