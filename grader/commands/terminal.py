"""The terminal that stdout is, if it is one."""

from __future__ import annotations

import io
import shutil
import sys


def columns() -> int | None:
    """Return the width of stdout's terminal. None for a pipe or a file; from then on every letter prints."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Cyrillic shows question marks, not a traceback
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
