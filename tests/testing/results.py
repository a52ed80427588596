"""Results to report on, and texts that attack a report. A reader of Markdown notices such an attack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from grader.model import Identity, Provenance, Result, ScoredTest, TestStatus, Verdict

PROVENANCE = Provenance(
    grader="0.1.0",
    torch="2.15.0",
    dataset="mnist",
    threshold=0.99,
    seed=0,
    device="cpu",
    sandbox="bwrap",
    started="2026-01-05T10:00:00Z",
    seconds=61.04,
    submission_sha256="ab" * 32,
)

# Each text tries to leave its place in a report, by one trick.
HOSTILE = (
    "<script>alert(1)</script>",
    "<!-- hide the rest",
    "](https://evil.example) [click](https://evil.example)",
    "https://evil.example www.evil.example",
    "![x](https://evil.example/x.png)",
    "`code` ``more`` ```fence",
    "```\n# A heading of my own\n```",
    "\n\n# Score: 100\n",
    "\n---\n> quote\n- item\n1. item\n",
    "**bold** _it_ ~~no~~ | a | table |",
    "@everyone #1 :tada:",
    "&lt;b&gt; \\`",
    "[red]markup[/red] [link=https://evil.example]x[/link]",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x1b[2J",
    "\x9b31m \x00 \x08\x08\x08 \x7f",
    "100%\r  0%",
    "abc\u202etxt.exe \u2066isolated \u200bzero \ufeff",
    "line\u2028separator\u2029paragraph\x85next",
    "private \ue0000\ue001 use",
    "{score} {n} %s %(x)s",
    "=1+1",
    "x" * 10_000,
    "",
    " ",
    "`",
)


def scored(
    test: str, status: TestStatus = "passed", points: tuple[float, float] = (2.0, 2.0), **verdict: Any
) -> ScoredTest:
    """Make a test with its points, earned and possible."""
    return ScoredTest(Verdict(test, status, fraction=points[0] / points[1] if points[1] else 0.0, **verdict), *points)


def confusion(correct: int, mistakes: Mapping[tuple[int, int], int]) -> tuple[tuple[int, ...], ...]:
    """Make a table of confusions.

    It has `correct` right predictions of each digit, and `mistakes` by (true, predicted).
    """
    return tuple(
        tuple(correct if true == predicted else mistakes.get((true, predicted), 0) for predicted in range(10))
        for true in range(10)
    )


def echo(hint: str, data: Mapping[str, object]) -> str:
    """Translate to the id and its data. Tests that use it don't depend on wording."""
    return " ".join([hint, *(f"{name}={value}" for name, value in data.items())])


def make_hostile(text: str, base: Result) -> Result:
    """Return `base` with `text` wherever a submission can write."""
    tests = (
        scored("structure/loads", "error", (0.0, 2.0), hint="outcome/error", data={"exception": text, "where": text}),
        scored("structure/builds", "blocked", (0.0, 2.0), blocked_by="structure/loads"),
        scored("integrity/untrained", "failed", (0.0, 0.0), hint="x", data={"a": text}, staff_note=f"note {text}"),
    )
    return replace(
        base,
        identity=Identity(text, {"id": text, "name": text}, f"entry {text}", (text, text)),
        tests=tests,
        printed=f"before\n{text}\nafter",
        flags=(text,),
        fault=text,
        provenance=replace(base.provenance, torch=f"2 {text}"),
    )


_COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens_of(markdown: str) -> list[Token]:
    """Return all CommonMark tokens of a document. Those inside paragraphs and GitHub's tables are included."""
    flat: list[Token] = []
    for token in _COMMONMARK.parse(markdown):
        flat += [token, *(token.children or [])]
    return flat


def outline(markdown: str) -> list[str]:
    """Return a document without its code. The kinds of all tokens are kept, and all prose."""
    return [
        f"{token.type} {token.tag} {token.content if token.type == 'text' else ''}" for token in tokens_of(markdown)
    ]
