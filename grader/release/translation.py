"""Translates released modules: docstrings, comments and messages.

The words stand in `ru.po` beside this module, a catalogue as gettext has them: msgid is the English text with each run
of white space as one space, msgstr what is put in its place, line breaks included. Code stays as it is. A text without
a translation stays English, and `untranslated` names it.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate

WIDTH = 120
_WORD = re.compile(r"[a-z]{3}")
_NO_BREAK = "\0"
_FIELD = re.compile(r"\{[^{}]*\}")
_DIRECTIVE = re.compile(r"noqa\b|type:|##")
_SHOWN = frozenset({"help", "description", "xlabel", "ylabel"})
"""Arguments whose text is for people. It may be a single word, as may those of `print`."""


@dataclass(frozen=True)
class Passage:
    """A text for people in a module.

    Args:
        kind: "docstring", "comment", "message", or "filled message" for an f-string.
        text: without quotes, comment signs and indent; an f-string with its fields as they are written.
        begin: index of its first byte in the UTF-8 of the source.
        end: index behind its last byte.
        column: of its beginning.
    """

    kind: str
    text: str
    begin: int
    end: int
    column: int

    @property
    def key(self) -> str:
        """Key of the text in the catalogue."""
        return " ".join(self.text.split())


def _text_of(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(ast.unparse(ast.JoinedStr([part]))[2:-1] for part in node.values)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _strings(tree: ast.Module) -> Iterator[tuple[str, ast.Constant | ast.JoinedStr]]:
    """Yield each docstring and message with its kind."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    shown = {id(word.value) for call in calls for word in call.keywords if word.arg in _SHOWN}
    shown |= {id(text) for call in calls if ast.unparse(call.func) == "print" for text in call.args}
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and _is_string(node.value):
            yield "docstring", node.value
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            prose = _FIELD.sub("", _text_of(node)).strip() if _is_string(node) else ""
            if _WORD.search(prose) and (" " in prose or id(node) in shown):
                yield "filled message" if isinstance(node, ast.JoinedStr) else "message", node
        else:
            queue += ast.iter_child_nodes(node)


def _comments(source: str) -> list[list[tokenize.TokenInfo]]:
    """Group comments on neighbouring lines. Only lines of nothing else are joined."""
    blocks: list[list[tokenize.TokenInfo]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            stands_alone = not token.line[:column].strip()
            if stands_alone and blocks and blocks[-1][-1].start == (row - 1, column):
                blocks[-1].append(token)
            else:
                blocks.append([token])
    return blocks


def passages(source: str) -> list[Passage]:
    """List a module's texts for people, in order. They are docstrings, messages, and comments in words."""
    lines = source.splitlines(keepends=True)
    starts = list(accumulate((len(line.encode()) for line in lines), initial=0))
    found = []
    for kind, node in _strings(ast.parse(source)):
        text = inspect.cleandoc(_text_of(node)) if kind == "docstring" else _text_of(node)
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        column = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
        found.append(Passage(kind, text, begin, end, column))
    for block in _comments(source):
        text = "\n".join(token.string[1:].removeprefix(" ") for token in block)
        if _WORD.search(text) and not _DIRECTIVE.match(text):
            begin, end = (
                starts[row - 1] + len(lines[row - 1][:column].encode())
                for row, column in (block[0].start, block[-1].end)
            )
            found.append(Passage("comment", text, begin, end, block[0].start[1]))
    return sorted(found, key=lambda passage: passage.begin)


def _literal(text: str, prefix: str, column: int, room: int) -> str:
    """Write `text` as a string of Python.

    It goes over several lines where `room` is too little; no field of an f-string is cut.
    """
    quoted = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    if len(quoted) <= room:
        return f'{prefix}"{quoted}"'
    whole = _FIELD.sub(lambda field: field[0].replace(" ", _NO_BREAK), quoted)
    rows = textwrap.wrap(whole, room, break_long_words=False, break_on_hyphens=False, drop_whitespace=False)
    parts = [f'{prefix if "{" in row else ""}"{row.replace(_NO_BREAK, " ")}"' for row in rows]
    return "\n".join([parts[0], *(" " * column + part for part in parts[1:])])


def _written(passage: Passage, text: str, before: str, after: str) -> str:
    """Write `text` in the place of `passage`. It stands between what is `before` and `after`."""
    if passage.kind == "comment":
        return "\n".join(f"{' ' * passage.column}# {line}".rstrip() for line in text.splitlines()).lstrip()
    if passage.kind == "docstring":
        lines = text.replace("\\", "\\\\").splitlines()
        closing = f"\n{' ' * passage.column}" if len(lines) > 1 else ""
        body = "\n".join(f"{' ' * passage.column}{line}".rstrip() for line in lines).lstrip()
        return f'"""{body}{closing}"""'
    prefix = "f" if passage.kind == "filled message" else ""
    is_enclosed = before.rstrip().endswith("(") and after.lstrip().startswith(")")
    column = passage.column + (not is_enclosed)
    room = WIDTH - column - len(prefix) - len('""') - len(after.partition("\n")[0])
    written = _literal(text, prefix, column, room)
    return f"({written})" if "\n" in written and not is_enclosed else written


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return translations by their English text. There are none for English itself."""
    from babel.messages.pofile import read_po  # here, as only who needs the texts needs the parser

    if language == "en":
        return {}
    with resources.files(__package__).joinpath(f"{language}.po").open("rb") as file:
        entries = read_po(file, abort_invalid=True)
    return {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}


def translated(source: str, texts: Mapping[str, str]) -> str:
    """Translate `source` by `texts`."""
    data = source.encode()
    for passage in reversed(passages(source) if texts else []):
        text = texts.get(passage.key)
        if text is not None and " ".join(text.split()) != passage.key:  # code in a string is listed as it is
            before, after = data[: passage.begin].decode(), data[passage.end :].decode()
            data = f"{before}{_written(passage, text, before, after)}{after}".encode()
    return data.decode()


def untranslated(source: str, texts: Mapping[str, str], *, messages_only: bool = False) -> list[str]:
    """The English texts of a module that `texts` lacks."""
    told = [one for one in passages(source) if not messages_only or one.kind.endswith("message")]
    return [one.key for one in told if one.key not in texts]
