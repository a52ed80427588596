"""Finds the advice that fits an exception. An exception names the operation, a student needs the mistake."""

from __future__ import annotations

import re

from ..protocol.raised import Raised
from .causes import CAUSES

_LONGEST = 400
"""Most characters of an exception's text. Torch lists every key of two networks, or every way to call a function."""
_UNREAD = ("SyntaxError", "IndentationError", "TabError")


def _cause(error: Raised) -> tuple[str, dict[str, str]] | None:
    """Find the message for an exception's cause.

    Returns it with what fills its placeholders, or None where no cause is known.
    """
    code = error.frames[-1].code if error.frames else ""
    if re.match(r"(raise|assert)\b", code) and error.exception not in _UNREAD:
        return None  # whoever raises on purpose has said why
    for cause in CAUSES:
        found = cause.found_in(error)
        if found is not None:
            return cause.hint, found
    return None


def advice(error: Raised) -> str | None:
    """Return the message id for an error's cause. None for any other."""
    found = _cause(error)
    return found[0] if found else None


def said(error: Raised) -> str:
    """Return the exception as text for a sentence. Torch's own hints and the full stop at the end are left out."""
    message = error.message.partition(" Hint: ")[0].rstrip(". \n")
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}…"
    return f"{error.exception}: {message}" if message else error.exception


def where(error: Raised) -> str:
    """Return where the exception was raised, as `net.py:12`.

    The innermost frame of the submission, or an empty string.
    """
    return f"{error.frames[-1].file}:{error.frames[-1].line}" if error.frames else ""


def unwritten(error: Raised) -> dict[str, str] | None:
    """Return the data for a message about a stub. None where the error is another."""
    if not error.not_implemented:
        return None
    frame = error.frames[-1]
    return {"where": where(error), "file": frame.file, "function": frame.function}


def told(error: Raised, called: tuple[str, str]) -> dict[str, str]:
    """Return the data for a message about an exception.

    `called` is the file and the call where no line of the submission is.
    """
    place, code = (where(error), error.frames[-1].code) if error.frames else called
    found = _cause(error)
    reader = {"python": error.clues.python or "3"} if error.exception in _UNREAD else {}
    return (found[1] if found else {}) | reader | {"exception": said(error), "where": place, "code": code or "…"}
