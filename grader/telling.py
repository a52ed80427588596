"""What a run says to whoever started it. Whether anybody reads it never changes what is done.

`grader … | head` closes the pipe after some lines, `2>/dev/full` takes none at all: from then on nothing is said there.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

from grader.legible import legible


def forget(stream: TextIO) -> None:
    """Let what is still to be written to `stream` go nowhere, so that no later flush fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def last_line(text: str) -> str:
    """The last line of what a process has said that is not empty; "nothing" where there is none."""
    return (text.strip().splitlines() or ["nothing"])[-1]


def say(text: str) -> None:
    """Print the outcome of a command, or a part of it, to stdout.

    Raises:
        OSError: it cannot be written, and not because its reader has gone.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        forget(sys.stdout)


def tell(text: str) -> None:
    """Print to stderr what is worth knowing beside the outcome; what a stranger's name may hold moves no cursor."""
    try:
        print("\n".join(map(legible, text.split("\n"))), file=sys.stderr, flush=True)
    except OSError:
        forget(sys.stderr)
