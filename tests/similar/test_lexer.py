"""A disguise leaves the symbols of a program the same. A change of what it does changes them."""

from __future__ import annotations

import random

import pytest

from grader.similar.fingerprints import RUN, WINDOW, every_run, fingerprints
from grader.similar.lexer import symbols


def texts(source: str) -> list[str]:
    """Return only the texts of the symbols."""
    return [symbol.text for symbol in symbols(source)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("loss_sum = a + b_2", "x = größe + z"),
        ("x = 1  # the first\n\n\ny = 0.5e-3", "a=77\nb=1_000"),
        ("x = 'a'", 'x = f"""b\n\nc"""'),
        ("self.fc1(x)", "self.first_layer(images)"),
        ("net.best = 3\nprint(net.best)", "net.top = 3\nprint(net.top)"),
        ("import torch.nn.functional as F\nF.relu(x)", "from torch.nn import functional\nfunctional.relu(y)"),
        ("from torch import nn as layers\nlayers.Linear(2, 3)", "from torch import (\n    nn,\n)\nnn.Linear(4, 5)"),
        ("def f(x):\n    '''Doc.'''\n    return x", "def g(y):\n\treturn y"),
        ("for a, b in c:\n    pass", "for (d, e) in f: pass"),
        ("x = [1,\n     2]", "x = [1, 2]"),
        ("x = a + \\\n  b", "x = a + b"),
        ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2"),
    ],
)
def test_a_disguise_changes_nothing(one: str, other: str) -> None:
    """A disguise changes no symbol. It changes own names, numbers, texts, comments, layout, imports and docstrings."""
    assert texts(one) == texts(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x.backward()", "x.step()"),
        ("nn.Linear(1)", "nn.Conv2d(1)"),
        ("f(lr=1)", "f(momentum=1)"),
        ("x = a + b", "x = a * b"),
        ("for x in y: pass", "while x: pass"),
        ("len(x)", "sum(x)"),
        ("self.training", "self.depth"),
        ("Net()", "Other()"),
    ],
)
def test_what_is_done_makes_a_difference(one: str, other: str) -> None:
    """Names of libraries, language and assignment make a difference."""
    assert texts(one) != texts(other)


def test_lines_are_counted_from_one() -> None:
    """Lines are counted from one. They are right behind texts and brackets over several lines, too."""
    assert [(one.text, one.line) for one in symbols('x = """a\n\nb"""\ny = [\n 1]')][-5:] == [
        ("v", 4),
        ("=", 4),
        ("[", 4),
        ("0", 5),
        ("]", 5),
    ]


def test_any_text_is_read() -> None:
    """Any text is read, even what is no Python. The time grows with its length."""
    rng = random.Random(0)
    for _ in range(200):
        symbols("".join(rng.choices("'\"\\\n(){}[]#x1 =.:é\x00\ud800", k=rng.randrange(60))))
    for text in ("'" * 100_000, '"""' * 50_000, "(" * 100_000, "f" * 100_000, "\\\n" * 50_000, "1e" * 50_000):
        symbols(text)


def test_what_is_shared_in_a_row_has_a_fingerprint_in_common() -> None:
    """Programs with a long common part share a fingerprint.

    So winnowing promises. Parts shorter than `RUN` share none.
    """
    rng = random.Random(1)

    def some(n: int) -> list[str]:
        return [f"f{rng.randrange(10**9)}.g{rng.randrange(10**9)}" for _ in range(n)]

    shared = [f"x.shared{i}" for i in range(RUN + WINDOW)]
    for _ in range(50):
        one, other = ("\n".join([*some(rng.randrange(30)), *shared, *some(rng.randrange(30))]) for _ in range(2))
        assert fingerprints({"a.py": one}).keys() & fingerprints({"b.py": other}).keys()
    assert not every_run(["\n".join(some(40))]) & every_run(["\n".join(some(40))])


def test_a_fingerprint_is_where_it_says() -> None:
    """The lines of a fingerprint's place give it again."""
    source = "\n".join(f"x = a.f{i}(y, z) + {i}" for i in range(30))
    lines = source.split("\n")
    for value, places in fingerprints({"net.py": source}).items():
        for place in places:
            assert value in every_run(["\n".join(lines[place.first - 1 : place.last])])
