"""Messages to the person who started a run. Whether anybody reads them never changes what is done.

`grader … | head` closes the pipe after some lines, `2>/dev/full` takes none at all: from then on nothing is said there.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

from grader.legible import legible


def discard(stream: TextIO) -> None:
    """Redirect `stream` to nowhere. So no later flush of what is still to be written fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def last_line(text: str) -> str:
    """Return the last line that is not empty. `text` is what a process has said; "nothing" where there is none."""
    return (text.strip().splitlines() or ["nothing"])[-1]


def say(text: str) -> None:
    """Print to stdout, as a command's outcome. `text` may be a part of the outcome.

    Raises:
        OSError: it cannot be written, and not because its reader has gone.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        discard(sys.stdout)


def tell(text: str) -> None:
    """Print a note to stderr.

    A stranger's name in it moves no cursor.
    """
    try:
        print("\n".join(map(legible, text.split("\n"))), file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)
