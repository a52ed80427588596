"""Text for a terminal of some width, with colours; or, where there is none, plain text whose lines nobody breaks."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

PLAIN_WIDTH = 1000
"""Wide enough that nothing is cut where no terminal sets a width."""
_INDENT = 2


def heading(text: str) -> Text:
    """A line that stands out where there are colours."""
    return Text(text, style="bold")


def indented(text: str, width: int | None) -> RenderableType:
    """A paragraph all lines of which are indented, also those that a narrow terminal makes of it."""
    return Text(" " * _INDENT + text) if width is None else Padding(Text(text), (0, 0, 0, _INDENT))


def on_screen(parts: Iterable[RenderableType], width: int | None) -> str:
    """`parts` one below the other, ending in a newline.

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
