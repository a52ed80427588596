"""The templates' environment: everything is escaped. Nothing is missing silently, and nothing is loaded from elsewhere.

A page has one style and at most one script, both written into it, and a Content-Security-Policy that names their
digests. So whatever a stranger's text might become in a browser, it runs nothing and fetches nothing. For the same
reason no element of a template has a `style` or an `on…` attribute: the policy would refuse it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.report.escape import Translate
from grader.report.words import decimal, points_in_words

LANGUAGE_NAMES = {"en": "English", "ru": "Русский"}
"""Each language's name in the language itself. Who looks for it reads that one."""
_PACKAGE = __name__.rpartition(".")[0]
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_STRESSED = re.compile(r"\*(.+?)\*")


def marked(line: str) -> Markup:
    """Convert one line of Markdown to safe HTML. The line comes from `report.escape.markdown_message`.

    Strangers' text stands in its code spans, which hold no backtick, so nothing but the catalogue's words marks
    anything up. Every part is escaped.
    """
    parts = []
    for place, part in enumerate(line.split("`")):
        text = str(escape(part))
        if place % 2:
            parts.append(f"<code>{text}</code>")
        else:
            parts.append(_STRESSED.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", text)))
    return Markup("".join(parts))  # noqa: S704 - each part is escaped above


def language_of(translate: Translate) -> str:
    """Return the language code of `translate`, as HTML's: "en"."""
    return translate("page/language", {})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = marked
    return environment


@cache
def _text_of(*files: str) -> str:
    """Read files of this folder, one after another. Line ends are those that a browser counts in a digest."""
    folder = resources.files(_PACKAGE)
    return "\n".join(folder.joinpath(file).read_text(encoding="utf-8") for file in files)


def _source(text: str) -> str:
    """Return the policy's name of an inline style or script. The policy is the Content-Security-Policy."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def policy(style: str, script: str = "", connect: str = "") -> str:
    """Return a page's Content-Security-Policy. It allows its style, its script, pictures within it, and nothing else.

    Args:
        style: the text between its style tags.
        script: the text between its script tags; "" where it has none.
        connect: sources it may fetch from, such as "'self'"; "" for none.
    """
    rules = {
        "default-src": "'none'",
        "style-src": _source(style),
        "script-src": _source(script) if script else "",
        "img-src": "data:",
        "connect-src": connect,
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items() if value)


def render(
    template: str,
    translate: Translate,
    *,
    styles: tuple[str, ...] = (),
    script: str = "",
    connect: str = "",
    **values: object,
) -> str:
    """Render a page.

    Args:
        template: the file of this folder that extends `base.html.j2`; in it `t("page/…", n=1)` gives words, and
            `decimal` and `points` are those of `report.words`.
        translate: makes the words, in one language.
        styles: files of this folder whose rules follow those of `style.css`.
        script: a file of this folder, "" for none.
        connect: as in `policy`.
        values: what the template names. Strings from strangers have to be legible.

    Raises:
        jinja2.UndefinedError: the template names something that is not there.
    """
    style, code = _text_of("style.css", *styles), _text_of(script) if script else ""
    return (
        _environment()
        .get_template(template)
        .render(
            t=lambda hint, **data: translate(hint, data),
            decimal=lambda number: decimal(number, translate),
            points=lambda points: points_in_words(points, translate),
            language=language_of(translate),
            policy=policy(style, code, connect),
            style=Markup(style),  # noqa: S704 - files of ours
            script=Markup(code),  # noqa: S704
            **values,
        )
    )
