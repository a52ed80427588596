"""The terminal that stdout is, if it is one."""

from __future__ import annotations

import io
import shutil
import sys


def columns() -> int | None:
    """The columns of the terminal that is printed to, None for a pipe or a file; from then on every letter prints."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Cyrillic shows question marks, not a traceback
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
