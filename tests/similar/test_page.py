"""`similar.html`: what is seen, and that nothing of what strangers write does anything there."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

import pytest

from grader.i18n import LANGUAGES, translator
from grader.similar.fingerprints import Place
from grader.similar.page import MOST_LINES, MOST_PAIRS, page, percent
from grader.similar.pairs import Pair
from tests.testing.pages import Outline
from tests.testing.results import HOSTILE

PAIR = Pair(("alice", "bob"), (0.9, 0.456), ((Place("net.py", 2, 3),), (Place("other.py", 1, 1),)))
PROGRAMS = {"alice": {"net.py": "one\ntwo\nthree\nfour\n", "training.py": "t"}, "bob": {"other.py": "zwei\ndrei"}}


class Reader(HTMLParser):
    """Collects numbered lines of code, and which are marked.

    Attributes:
        lines: number and text of each line of code, in order.
        marked: the text of those that are marked.
        labels: what is said of each block that is marked.
    """

    def __init__(self, content: str) -> None:
        super().__init__()
        self.lines: list[tuple[int, str]] = []
        self.marked: list[str] = []
        self.labels: list[str] = []
        self._in_marked = self._in_line = False
        self._number = 0
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "ol":
            self._number = int(given["start"] or 0)
            self._in_marked = given["class"] == "code shared"
            self.labels += [given["aria-label"] or ""] if self._in_marked else []
        self._in_line = tag == "li"

    def handle_data(self, data: str) -> None:
        if self._in_line:
            self.lines.append((self._number, data))
            self.marked += [data] if self._in_marked else []

    def handle_endtag(self, tag: str) -> None:
        self._number += tag == "li"
        self._in_line = False


def written(
    pairs: list[Pair] = [PAIR],  # noqa: B006
    programs: Mapping[str, Mapping[str, str]] = PROGRAMS,
    language: str = "en",
) -> str:
    """Make a page of `pairs`."""
    return page(pairs, programs, translator(language)).decode()


def test_shared_lines_are_marked_and_other_files_left_out() -> None:
    """Files stand side by side with line numbers and both shares. Marks are also said in words."""
    read = Reader(written())
    assert read.lines == [(1, "one"), (2, "two"), (3, "three"), (4, "four"), (1, "zwei"), (2, "drei")]
    assert read.marked == ["two", "three", "zwei"]
    assert read.labels == ["Shared: lines 2 to 3", "Shared: lines 1 to 1"]
    text = Outline(written()).text
    assert "90 % alice and bob" in text
    assert "alice 90 % of its own code is shared" in text
    assert "bob 45 % of its own code is shared" in text
    assert "training.py" not in text


def test_it_needs_and_allows_nothing_from_elsewhere() -> None:
    """No script and no picture; links lead to pages of the same folder; and a browser is told so."""
    content = written()
    assert not {"script", "img", "iframe"} & {tag.strip("<> ").split()[0] for tag in Outline(content).elements}
    assert set(Outline(content).addresses) == {
        "data:,", "#main", "index.en.html", "similar.ru.html", "alice/feedback.en.html", "bob/feedback.en.html"
    }  # fmt: skip
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in content
    assert "script-src" not in content


@pytest.mark.parametrize("text", [*HOSTILE, "</pre></li></ol><script>x</script>", "' onload=x \" >", "javascript:x"])
def test_strangers_text_stays_text(text: str) -> None:
    """In names, paths and programs."""
    pair = Pair((f"a{text}", f"b{text}"), (1.0, 1.0), ((Place(f"p{text}", 1, 1),), (Place(f"p{text}", 1, 1),)))
    plain = Pair(("a", "b"), (1.0, 1.0), ((Place("p", 1, 1),), (Place("p", 1, 1),)))
    line = text.replace("\n", " ")
    content = {f"p{text}": line}
    hostile = Outline(written([pair], {f"a{text}": content, f"b{text}": content}))
    harmless = Outline(written([plain], {"a": {"p": line}, "b": {"p": line}}))
    assert hostile.elements == harmless.elements
    assert hostile.elements.count("<li >") == 2
    own = [address for address in hostile.addresses if address.endswith("/feedback.en.html")]
    assert len(own) == 2
    assert not [address for address in own if address.count("/") > 1 or ":" in address or "#" in address]


def test_a_page_has_an_end() -> None:
    """Of very many pairs it says how many are left out."""
    content = written([PAIR] * (MOST_PAIRS + 7))
    assert content.count("<details") == MOST_PAIRS
    assert content.count('<details class="pair" open>') == 1
    assert f"Pairs that share 40 % or more: {MOST_PAIRS + 7}." in content
    assert ": 7." in content


def test_so_has_a_submission() -> None:
    """Of very many lines and of a very long one, what is left out is said."""
    long = {"a.py": "x" * 10_000 + "\ny\n", "b.py": "b\n" * MOST_LINES, "c.py": "c\n" * 5}
    pair = Pair(PAIR.names, PAIR.shares, (tuple(Place(path, 1, 1) for path in long), PAIR.places[1]))
    content = written([pair], {**PROGRAMS, "alice": long})
    read = Reader(content)
    assert len(read.lines) == MOST_LINES + 2
    assert max(len(line) for _, line in read.lines) == 200
    assert read.lines[0][1].endswith("x…")
    assert "Further lines that are not shown here: 7." in content


def test_many_pairs_are_hardly_more_than_their_code() -> None:
    """Two hundred pairs of programs of usual length."""
    code = "".join(f"        hidden_{i} = self.layer_{i}(images)\n" for i in range(200))
    pair = Pair(PAIR.names, PAIR.shares, ((Place("net.py", 20, 60),), (Place("net.py", 20, 60),)))
    content = written([pair] * 200, {"alice": {"net.py": code}, "bob": {"net.py": code}})
    assert len(content) < 1.4 * 2 * MOST_PAIRS * len(code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_in_the_catalogue(language: str) -> None:
    """In the language of the page."""
    pair = Pair(PAIR.names, PAIR.shares, ((Place("net.py", 1, MOST_LINES),), PAIR.places[1]))
    programs = {**PROGRAMS, "alice": {"net.py": "x\n" * (MOST_LINES + 1)}}
    text = Outline(written([pair] * (MOST_PAIRS + 1), programs, language)).text
    assert not [name for name in ("similar/", "page/", "class/", "{") if name in text]
    assert f'<html lang="{language}">' in written(language=language)


def test_nobody_is_said_too() -> None:
    """In both languages."""
    assert "No two of the 2" in written([])
    assert "нет" in written([], language="ru")


def test_the_bound_is_told_in_the_words_of_the_language() -> None:
    """As it was asked for."""
    assert "12.5 %" in page([PAIR], PROGRAMS, translator("en"), share=0.125).decode()
    assert "12,5 %" in page([PAIR], PROGRAMS, translator("ru"), share=0.125).decode()


def test_all_is_all() -> None:
    """What is not everything is not shown as 100."""
    assert (percent(1.0), percent(0.999), percent(0.0)) == ("100", "99", "0")
