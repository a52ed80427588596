"""Read the kit's documents as a machine does.

They have fenced blocks, with command lines or with changes to make. A change is told by the words before its block:
"New file `X`", "At the end of `X`", or "In `X`" with a block `diff`.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
_PLACE = re.compile(r"(New file|At the end of|In) `([^`]+)`")
_VARIABLE = re.compile(r"\$\{?\w+\}?")
_BETWEEN = re.compile(r"[;&|()]+")
_REDIRECTION = re.compile(r"[<>]+")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Args:
        language: as the fence names it, "" where it names none.
        text: what stands between the fences, whole lines.
        before: the text of the last paragraph before it.
        line: of its first fence, counted from 1.
        section: the heading that it stands below.
    """

    language: str
    text: str
    before: str
    line: int
    section: str

    @property
    def file(self) -> str:
        """The file that the block changes. It is "" where the paragraph before names none."""
        found = list(_PLACE.finditer(self.before))
        return found[-1][2] if found else ""

    def apply(self, folder: Path) -> None:
        """Make the change in the copy of the kit in `folder`.

        Raises:
            ValueError: the change does not fit the file, or nothing says which file it is of.
        """
        found = list(_PLACE.finditer(self.before))
        if not found:
            raise ValueError(f"line {self.line}: the words before the block name no file to change")
        how, path = found[-1][1], folder / found[-1][2]
        if how == "New file":
            if path.exists():
                raise ValueError(f"line {self.line}: {path.name} is there already")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        if how == "At the end of":
            gap = "\n\n" if self.language == "python" else "\n"
            path.write_text(text + gap + self.text, encoding="utf-8")
            return
        old = "".join(f"{line[1:]}\n" for line in self.text.splitlines() if line[:1] != "+")
        new = "".join(f"{line[1:]}\n" for line in self.text.splitlines() if line[:1] != "-")
        if text.count(old) != 1:
            raise ValueError(f"line {self.line}: {path.name} has these lines {text.count(old)} times:\n{old}")
        path.write_text(text.replace(old, new), encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """Return all fenced blocks of a Markdown document, in order."""
    found = []
    before = section = ""
    inside_heading = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in {"heading_open", "heading_close"}:
            inside_heading = token.type == "heading_open"
        elif token.type == "inline":
            before = token.content
            section = token.content if inside_heading else section
        elif token.type == "fence":
            assert token.map is not None
            found.append(Block(token.info.strip(), token.content, before, token.map[0] + 1, section))
    return found


def spans(text: str) -> list[str]:
    """Return the content of the code spans."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inside = (child for token in tokens for child in token.children or [])
    return [child.content for child in inside if child.type == "code_inline"]


def command_lines(block: Block) -> list[list[str]]:
    """Return the commands of a shell's block, as words.

    Comments, redirections and assignments are left out. A variable counts as "1". Of a session ("$ …") the lines that
    begin with the prompt are taken.
    """
    text = block.text.replace("\\\n", " ")
    if block.language in {"text", "console"}:
        text = "".join(f"{line[2:]}\n" for line in text.splitlines() if line.startswith("$ "))
    found = []
    for line in text.splitlines():
        lexer = shlex.shlex(_VARIABLE.sub("1", line), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = "#"
        words: list[str] = []
        skip = False
        for word in [*lexer, ";"]:
            if _BETWEEN.fullmatch(word):
                found.append(_without_assignments(words))
                words = []
            elif skip or _REDIRECTION.match(word):
                skip = not skip
                if words and words[-1] == "2":  # the "2" of `2>/dev/null`
                    words.pop()
            else:
                words.append(word)
    return [words for words in found if words]


def _without_assignments(words: list[str]) -> list[str]:
    while words and re.match(r"\w+=", words[0]):
        words = words[1:]
    return words
