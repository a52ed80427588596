"""Text for a terminal, or plain text.

A terminal has a width and colours; where there is none, nobody breaks the lines.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

PLAIN_WIDTH = 1000
"""Columns used where no terminal sets a width. Nothing is cut then."""
INDENT = 2


def heading(text: str) -> Text:
    """Return a line in bold, where there are colours."""
    return Text(text, style="bold")


def indented(text: str, width: int | None, by: int = INDENT) -> RenderableType:
    """Return a paragraph with all lines indented. So are the lines that a narrow terminal makes of it."""
    return Text(" " * by + text) if width is None else Padding(Text(text), (0, 0, 0, by))


def on_screen(parts: Iterable[RenderableType], width: int | None) -> str:
    """Render `parts` one below the other. The text ends in a newline.

    Args:
        parts: strangers' text in them has to be harmless already.
        width: columns of the terminal, which also turns colours on; None writes plain text of any width.
    """
    terminal = width is not None
    console = Console(
        file=io.StringIO(),
        width=width or PLAIN_WIDTH,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
    )
    with console.capture() as capture:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text) and not terminal)
    return "\n".join(line.rstrip() for line in capture.get().strip("\n").split("\n")) + "\n"
