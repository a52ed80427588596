"""Write the corpus index: `python -m tests.submissions_index`.

The lists in `tests/submissions/README.md` are made from the `expect.toml` files alone; what stands above them is
written by hand. A test compares.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from grader.categories import CATEGORIES
from tests.hostile.attacks import FAMILIES, Attack, attacks
from tests.testing.corpus import FOLDER, Sample, samples

INDEX = FOLDER / "README.md"
COMMAND = "python -m tests.submissions_index"
MARK = f"<!-- Written by `{COMMAND}` from here on. -->"
_MARKUP = str.maketrans({character: f"\\{character}" for character in "\\|*_<[]"})


def _text(said: str) -> str:
    """Turn a description into Markdown. Text between backticks stays, the rest is plain."""
    parts = said.split("`")
    return "`".join(part if number % 2 else part.translate(_MARKUP) for number, part in enumerate(parts))


def _code(said: str | None) -> str:
    return f"`{said}`" if said else ""


def _table(titles: str, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table of Markdown; `titles` are parted by commas."""
    columns = titles.split(", ")
    yield from ("", f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}")
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _link(name: str) -> str:
    return f"[{name.rpartition('/')[2]}]({name})"


def _wrong(title: str, found: Iterable[Sample]) -> Iterator[str]:
    """Make the table of samples that fail."""
    rows = (
        (_link(sample.name), _code(sample.expected.fails[0]), _code(sample.expected.hint), _text(sample.description))
        for sample in found
    )
    return _table(f"sample, caught by, message, {title}", rows)


def _hostile(found: Iterable[Attack]) -> Iterator[str]:
    """Make the table of attacks."""
    rows = (
        (_link(f"hostile/{attack.name}"), f"`test_{'hostile' if attack.sandbox else 'forging'}.py`", _text(attack.aim))
        for attack in found
    )
    return _table("sample, tried in, aim", rows)


def _lines() -> Iterator[str]:
    right, buggy, dishonest = (samples(kind) for kind in ("right", "buggy", "dishonest"))
    yield "## Right"
    yield from _table(
        "sample, what is unusual where its name does not say", ((_link(s.name), _text(s.description)) for s in right)
    )
    yield from ("", "## Buggy")
    for category in CATEGORIES:
        own = [sample for sample in buggy if sample.path.parent.name == category]
        if own:
            yield from ("", f"### {category.capitalize()}", *_wrong("mistake", own))
    yield from ("", "## Dishonest", *_wrong("trick", dishonest))
    yield from ("", "## Hostile")
    for family in FAMILIES:
        yield from ("", f"### {family.capitalize()}", *_hostile(a for a in attacks() if a.family == family))


def index() -> str:
    """Return the text of `tests/submissions/README.md`.

    It has the introduction, and lists of the samples as they are now.
    """
    introduction, _, _ = INDEX.read_text(encoding="utf-8").partition(MARK)
    return "\n".join([f"{introduction}{MARK}", "", *_lines()]) + "\n"


def main() -> int:
    """Write the index of the samples, tests/submissions/README.md."""
    argparse.ArgumentParser(prog="python -m tests.submissions_index", description=main.__doc__).parse_args()
    INDEX.write_text(index(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
