"""`similar.html`: pairs side by side, for the instructor. One file without scripts; strangers' text is escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from grader.legible import legible
from grader.report.escape import Translate, one_line
from grader.similar.fingerprints import Place
from grader.similar.pairs import Pair

MOST_PAIRS = 100
"""Maximum number of pairs on a page. The lines on stdout name all."""
_MOST_LINES = 1000
_LINE_CHARACTERS = 200
_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem }
summary { cursor: pointer; font-weight: 600; padding: .4rem 0 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
h3 { font-size: 1rem; margin: .5rem 0 }
pre { font: 13px/1.4 ui-monospace, monospace; overflow-x: auto; margin: 0; border: 1px solid #8886; padding: .5rem }
pre span { display: block; min-height: 1.4em }
pre .shared { background: #f5b30055 }
pre i { color: #888; font-style: normal; user-select: none }
"""


def percent(share: float) -> str:
    """Format a share in whole per cent, rounded down. So 100 is nothing but everything."""
    return f"{math.floor(100 * share + 1e-9)}"


def _lines(path: str, text: str, places: Sequence[Place]) -> str:
    """Format one file with numbered lines. Those that are shared are marked."""
    marked = {line for place in places if place.file == path for line in range(place.first, place.last + 1)}
    rows = []
    for number, line in enumerate(text.split("\n")[:_MOST_LINES], start=1):
        shown = escape(legible(line.rstrip("\r").expandtabs(4)[:_LINE_CHARACTERS]))
        rows.append(f"<span{' class=shared' if number in marked else ''}><i>{number:4d} </i>{shown}</span>")
    return f"<h4>{escape(one_line(path))}</h4><pre>{''.join(rows)}</pre>"


def _side(name: str, files: Mapping[str, str], places: Sequence[Place]) -> str:
    """Format a submission's files that share something."""
    shown = [path for path in sorted(files) if any(place.file == path for place in places)]
    return f"<div><h3>{escape(one_line(name))}</h3>{''.join(_lines(path, files[path], places) for path in shown)}</div>"


def pair_line(pair: Pair, translate: Translate) -> str:
    """Return a pair in one line of plain text."""
    (first, second), (of_first, of_second) = map(one_line, pair.names), map(percent, pair.shares)
    return translate("similar/pair", {"first": first, "second": second, "of_first": of_first, "of_second": of_second})


def page(pairs: Sequence[Pair], programs: Mapping[str, Mapping[str, str]], translate: Translate) -> bytes:
    """Return the whole page, UTF-8.

    Args:
        pairs: those that share most first.
        programs: the text of the files of each submission.
        translate: makes the words, in one language.
    """
    title = escape(translate("similar/title", {}))
    parts = [
        "<!doctype html>",
        "<html><head><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<p>{escape(translate('similar/explained', {}))}</p>",
    ]
    if not pairs:
        parts.append(f"<p>{escape(translate('similar/none', {'n': len(programs)}))}</p>")
    for i, pair in enumerate(pairs[:MOST_PAIRS]):
        sides = [_side(name, programs[name], places) for name, places in zip(pair.names, pair.places, strict=True)]
        head = f"<summary>{escape(pair_line(pair, translate))}</summary>"
        parts.append(f"<details{'' if i else ' open'}>{head}<div class=pair>{''.join(sides)}</div></details>")
    if len(pairs) > MOST_PAIRS:
        parts.append(f"<p>{escape(translate('similar/more', {'n': len(pairs) - MOST_PAIRS}))}</p>")
    return ("\n".join(parts) + "\n</body></html>\n").encode(errors="replace")
