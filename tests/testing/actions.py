"""GitHub Actions restated, as far as tests need them.

A runner takes lines for commands, and the reporting action takes a result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_COMMANDS = frozenset(
    "add-mask add-matcher add-path debug echo endgroup error group internal-set-repo-path notice remove-matcher "
    "save-state set-env set-output stop-commands warning".split()
)


@dataclass(frozen=True)
class Command:
    name: str
    message: str
    properties: Mapping[str, str] = field(default_factory=dict)


def _unescaped(text: str, escapes: Sequence[tuple[str, str]]) -> str:
    for token, escaped in escapes:
        text = text.replace(escaped, token)
    return text


_IN_DATA = (("\r", "%0D"), ("\n", "%0A"), ("%", "%25"))
_IN_PROPERTY = (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25"))


def command_in(line: str) -> Command | None:
    """Return the runner's command in a line of a log. None is for text.

    As `ActionCommand.TryParseV2` and `TryParse` in actions/runner, src/Runner.Common/ActionCommand.cs.
    """
    text = line.lstrip()
    head, mark, data = text[2:].partition("::")
    if text.startswith("::") and mark:
        name, _, given = head.partition(" ")
        if name in _COMMANDS:
            pairs = [pair.split("=", 1) for pair in given.strip().split(",") if "=" in pair]
            properties = {key: _unescaped(value, _IN_PROPERTY) for key, value in pairs}
            return Command(name, _unescaped(data, _IN_DATA), properties)
    _, mark, rest = line.partition("##[")
    head, end, data = rest.partition("]")
    name = head.partition(" ")[0]
    return Command(name, data) if mark and end and name in _COMMANDS else None


def commands_in(log: str) -> list[Command]:
    """Return all commands that a runner would carry out. Those between `stop-commands` and its token are left out."""
    found: list[Command] = []
    token: str | None = None
    for line in log.splitlines():
        if token is not None:
            token = None if line.strip() == f"::{token}::" else token
        elif (command := command_in(line)) is not None:
            found.append(command)
            token = command.message if command.name == "stop-commands" else None
    return found


@dataclass(frozen=True)
class Reported:
    points: float
    max_points: float
    fails: bool
    log: str


def reported(document: Mapping[str, Any]) -> Reported:
    """Report the result of one step as the reporting action does.

    It is classroom-resources/autograding-grading-reporter v1: points as in notify-classroom.js, the log as in
    console-results.js, the end as in main.js. Python's floats add up as JavaScript's numbers do. What would make it
    fail or print nonsense is refused.
    """
    points, lines = 0.0, []
    for test in document["tests"]:
        assert isinstance(test["score"], int | float), "no number: the points would be NaN"
        assert not isinstance(test["score"], bool)
        points += test["score"]
        place = f" - line {test['line_no']}" if test["line_no"] != 0 else ""
        if test["status"] == "error":
            lines.append(f"Error: {test['message'] or test['name']}")
        else:
            lines.append(f"{'✅' if test['status'] == 'pass' else '❌'} {test['name']}{place}")
        if test["test_code"]:
            lines += ["Test code:", test["test_code"]]
    most = document["max_score"] or 0
    return Reported(points if most else 0.0, most, document["status"] in {"fail", "error"}, "\n".join(lines))
