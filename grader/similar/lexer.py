"""A lexer for Python that sees through disguises. Names of one's own are alike, and comments are gone.

The lexer is total and linear: it takes any text, also one that Python cannot read, and never runs or parses anything.
What a name stands for is told by how it is used. Names of the language, of the assignment and of libraries stay, also
behind an alias; whatever the student has named is one symbol. Lines that import are left out, and so are docstrings.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<skip>\#[^\n]*|[^\S\n]+|\\\n)
    | (?P<newline>\n)
    | (?P<string>[a-zA-Z]{0,2}(?:'''(?:[^\\]|\\.)*?(?:'''|\Z)|\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)
                              |'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?))
    | (?P<number>(?:\d|\.\d)(?:[eE][+-]|[\w.])*)
    | (?P<name>[^\W\d]\w*)
    | (?P<operator>\*\*=|//=|>>=|<<=|\.\.\.|->|:=|[-+*/%@&|^<>=!]=|\*\*|//|<<|>>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CONTRACT = frozenset(
    ("Net", "train", "make_criterion", "make_optimizer", "BATCH_SIZE", "N_EPOCHS", "forward", "self", "super")
)
_OF_A_MODULE = frozenset(
    "training parameters named_parameters modules children state_dict load_state_dict to train eval register_buffer "
    "register_parameter forward apply zero_grad".split()
)
"""Attributes that `self` has from `nn.Module`. The others are the student's."""
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | _CONTRACT
_OWN, _OWN_ATTRIBUTE, _NUMBER, _STRING = "v", "a", "0", "s"
_LEFT_OUT = ("(", ")", ",")
"""Operators left out.

They say little that the other symbols do not, and brackets around a tuple or a product are a matter of taste.
"""


@dataclass(frozen=True)
class Symbol:
    """One symbol and its line, counted from 1."""

    text: str
    line: int


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int
    depth: int
    """The number of brackets around it."""


def _tokens(source: str) -> list[_Token]:
    """Return all tokens except space and comments. An end of line within brackets is no token."""
    tokens, line, depth = [], 1, 0
    for found in _TOKEN.finditer(source):
        kind, text = found.lastgroup or "", found.group()
        if text in ("(", "[", "{"):
            depth += 1
        elif text in (")", "]", "}"):
            depth = max(0, depth - 1)
        if kind != "skip" and not (kind == "newline" and depth):
            tokens.append(_Token(kind, text, line, depth))
        line += text.count("\n")
    return tokens


def _lines(tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    """Yield the tokens of each logical line that has any."""
    held: list[_Token] = []
    for token in tokens:
        if token.kind != "newline":
            held.append(token)
        elif held:
            yield held
            held = []
    if held:
        yield held


def _imported(line: Sequence[_Token]) -> dict[str, str]:
    """Return an import's names: local name → original name."""
    words = [token.text for token in line if token.kind == "name"]
    names = words[words.index("import") + 1 :] if "import" in words else []
    known = {name: name for name in names if name != "as"}
    known |= {names[i + 1]: names[i - 1] for i, name in enumerate(names[:-1]) if name == "as" and i}
    return known


def _own_attributes(lines: Sequence[Sequence[_Token]]) -> frozenset[str]:
    """Return attributes that are set, and names defined."""
    own = set()
    for line in lines:
        texts = [token.text for token in line]
        for i, token in enumerate(line):
            before, after = texts[i - 1] if i else "", texts[i + 1] if i + 1 < len(texts) else ""
            if token.kind == "name" and ((before == "." and after == "=") or before in ("def", "class")):
                own.add(token.text)
    return frozenset(own) - _CONTRACT


def _symbol(line: Sequence[_Token], i: int, known: dict[str, str], own: frozenset[str]) -> str:
    token = line[i]
    if token.kind in ("number", "string"):
        return _NUMBER if token.kind == "number" else _STRING
    if token.kind != "name":
        return token.text
    before, after = line[i - 1].text if i else "", line[i + 1].text if i + 1 < len(line) else ""
    if before == ".":
        of_self = i > 1 and line[i - 2].text == "self" and token.text not in _OF_A_MODULE
        return _OWN_ATTRIBUTE if of_self or token.text in own else token.text
    if token.depth and after == "=" and line[0].text != "def":
        return token.text  # the name of an argument belongs to what is called
    if token.text in known:
        return known[token.text]
    return token.text if token.text in _KEPT else _OWN


def symbols(source: str) -> list[Symbol]:
    """Return the symbols of a program, in order."""
    lines = list(_lines(_tokens(source)))
    imports = [line for line in lines if line[0].text in ("import", "from")]
    known = {name: real for line in imports for name, real in _imported(line).items()}
    own = _own_attributes(lines)
    found = []
    for line in lines:
        if line[0].text in ("import", "from") or (line[0].kind == "string" and len(line) == 1):
            continue
        found += [
            Symbol(_symbol(line, i, known, own), token.line)
            for i, token in enumerate(line)
            if token.text not in _LEFT_OUT
        ]
    return found
