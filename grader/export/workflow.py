"""Text and commands in a GitHub Actions log. A line of text there may be taken for a command.

A runner takes a line for a command that begins, after white space, with "::", or holds "##[" anywhere: so do
`ActionCommand.TryParseV2` and `TryParse` of actions/runner. What is escaped, and how, is as in `command.ts` of
`@actions/core`.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.report.escape import one_line


def log_line(text: str, limit: int = 600) -> str:
    """Return `text` as one line that is no command."""
    line = one_line(text, limit).replace("##[", "# #[")
    return f": {line[1:]}" if line.startswith("::") else line


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def command(name: str, message: str, properties: Mapping[str, str | int]) -> str:
    """Format a workflow command as one line. An example, without its end, is "::error file=a.py,line=1::message".

    Args:
        name: "error", "warning" or "notice".
        message: any text.
        properties: any texts by the names that the command knows; empty ones are left out.
    """
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value != "")
    text = _data(log_line(message))
    return f"::{name} {given}::{text}" if given else f"::{name}::{text}"
