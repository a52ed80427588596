"""All pages escape strangers' text and load nothing from elsewhere. Their policy allows just what is in them."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from importlib import resources

import pytest

from grader.i18n import LANGUAGES
from grader.report.escape import code_span
from grader.report.pages.environment import LANGUAGE_NAMES, marked, policy
from tests.testing.results import HOSTILE


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_in_a_line_of_markdown_stays_text(text: str) -> None:
    """Hostile text in a code span stays in that element. The rest of the line stays as it was."""
    html = marked(f"Before *{code_span('a')}* **b** {code_span(text)} after & <i>")
    assert re.fullmatch(
        r"Before \*<code>a</code>\* <strong>b</strong> <code>[^<>]*</code> after &amp; &lt;i&gt;", html, re.DOTALL
    )


def test_catalogues_markup_becomes_elements() -> None:
    """Emphasis and code in a message become elements. A multiplication sign in code is no emphasis."""
    assert marked("*minus* `x *= 2 * y` **now**") == ("<em>minus</em> <code>x *= 2 * y</code> <strong>now</strong>")


def test_the_policy_names_style_and_script_and_refuses_all_else() -> None:
    """The policy allows the page's own style and script alone.

    It names their digests; a page without a script may run none.
    """
    rules = dict(rule.split(" ", 1) for rule in policy("a{}", "run()").split("; "))
    digest = base64.b64encode(hashlib.sha256(b"run()").digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy("a{}", "run()")
    assert "script-src" not in policy("a{}")
    assert "connect-src" not in policy("a{}")
    assert "connect-src 'self'" in policy("a{}", connect="'self'")


def test_every_language_is_named_in_its_own_words() -> None:
    """Links between languages name each in its own words."""
    assert LANGUAGE_NAMES.keys() == set(LANGUAGES)


def test_templates_have_nothing_that_the_policy_refuses() -> None:
    """Templates contain nothing that the policy refuses.

    No attribute holds style or script, and nothing is loaded from an address.
    """
    folder = resources.files("grader.report.pages")
    templates = [file for file in folder.iterdir() if file.name.endswith(".j2")]
    assert templates
    for file in templates:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\s(style|on[a-z]+)=", text), file.name
        assert not re.search(r"https?:|@import|\|\s*safe\b|autoescape", text), file.name
    for file in folder.iterdir():
        if file.name.endswith(".css"):
            assert not re.search(r"url\(|@import|@font-face|</", file.read_text(encoding="utf-8")), file.name


def test_jinja_is_imported_where_pages_are_made() -> None:
    """Only making pages imports Jinja. The command line and text reports do without it."""
    code = "import sys, grader.cli, grader.output; print('jinja2' in sys.modules, 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", "False"]
