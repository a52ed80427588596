"""`similar.html`: what is seen, and that nothing of what strangers write does anything there."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from grader.i18n import translator
from grader.similar.fingerprints import Place
from grader.similar.page import MOST_PAIRS, page, percent
from grader.similar.pairs import Pair
from tests.testing.results import HOSTILE

PAIR = Pair(("alice", "bob"), (0.9, 0.456), ((Place("net.py", 2, 3),), (Place("other.py", 1, 1),)))
PROGRAMS = {"alice": {"net.py": "one\ntwo\nthree\nfour", "training.py": "t"}, "bob": {"other.py": "zwei\ndrei"}}


class Reader(HTMLParser):
    """Notes the elements with their attributes, and the text of those that are marked."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.marked: list[str] = []
        self._in_marked = False
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        if tag == "span":
            self._in_marked = ("class", "shared") in attrs

    def handle_data(self, data: str) -> None:
        if self._in_marked and data.strip() and not data.strip().isdecimal():
            self.marked.append(data.strip())


def written(pairs: list[Pair] = [PAIR], programs: dict[str, dict[str, str]] = PROGRAMS, lang: str = "en") -> Reader:  # noqa: B006
    """The page of these, as it is read."""
    return Reader(page(pairs, programs, translator(lang)))


def test_shared_lines_are_marked_and_other_files_left_out() -> None:
    """Side by side, with both shares above."""
    assert written().marked == ["two", "three", "zwei"]
    content = page([PAIR], PROGRAMS, translator("en")).decode()
    assert "training.py" not in content
    assert "90 %" in content
    assert "45 %" in content


def test_it_needs_and_allows_nothing_from_elsewhere() -> None:
    """No script, no link, no picture; and a browser is told so."""
    elements = written().elements
    assert not {"script", "a", "img", "link", "iframe"} & {tag for tag, _ in elements}
    assert any("default-src 'none'" in (value or "") for _, attributes in elements for _, value in attributes)


@pytest.mark.parametrize("text", [*HOSTILE, "</pre><script>x</script>", "' onload=x \" >"])
def test_strangers_text_stays_text(text: str) -> None:
    """In names, paths and programs."""
    pair = Pair((f"a{text}", f"b{text}"), (1.0, 1.0), ((Place(f"p{text}", 1, 1),), (Place(f"p{text}", 1, 1),)))
    plain = Pair(("a", "b"), (1.0, 1.0), ((Place("p", 1, 1),), (Place("p", 1, 1),)))
    line = text.replace("\n", " ")
    content = {f"p{text}": line}
    hostile = written([pair], {f"a{text}": content, f"b{text}": content})
    assert hostile.elements == written([plain], {"a": {"p": line}, "b": {"p": line}}).elements
    assert [tag for tag, _ in hostile.elements].count("span") == 2


def test_a_page_has_an_end() -> None:
    """Of very many pairs it says how many are left out."""
    content = page([PAIR] * (MOST_PAIRS + 7), PROGRAMS, translator("en")).decode()
    assert content.count("<details") == MOST_PAIRS
    assert ": 7." in content


def test_nobody_is_said_too() -> None:
    """In both languages."""
    assert "No two of the 2" in page([], PROGRAMS, translator("en")).decode()
    assert "нет" in page([], PROGRAMS, translator("ru")).decode()


def test_all_is_all() -> None:
    """What is not everything is not shown as 100."""
    assert (percent(1.0), percent(0.999), percent(0.0)) == ("100", "99", "0")
