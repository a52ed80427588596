"""Hand-in times, from platforms' formats to UTC.

A platform's own record counts. Where there is none, nbgrader's `timestamp.txt` and the last commit of a clone tell, as
far as they can be believed: whoever hands in may have written both.
"""

from __future__ import annotations

import re
import stat
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import UsageError
from grader.intake.commits import head_seconds
from grader.intake.folder import listing, read_regular, type_at
from grader.intake.limits import Refused

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,12})?)?\s*"
    r"(?:(Z|UTC|GMT)|([+-])(\d\d):?(\d\d)|([A-Za-z_]+(?:/[A-Za-z_+-]+[0-9]*){1,2}))?"
)
_UPLOAD = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")
_TIMESTAMP = "timestamp.txt"
_LONGEST = 200
_MOST_FOLDERS = 20
"""Folders searched for nbgrader's file. It lies in the folder of the assignment."""


def _in_utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_utc(text: str) -> str:
    """Convert a time to ISO 8601 in UTC. It ends in Z; "" where there is none.

    Args:
        text: as "2025-11-02T09:00:00Z", "2025-11-02 09:00:00.123 -0700" or "… Europe/Berlin"; without a zone it is UTC.
    """
    found = _TIME.fullmatch(text.strip()[:_LONGEST])
    if found is None:
        return ""
    numbers = [int(part or 0) for part in found.groups()[:6]]
    zone: tzinfo = UTC
    try:
        if found[8]:
            offset = timedelta(hours=int(found[9]), minutes=int(found[10]))
            zone = timezone(offset if found[8] == "+" else -offset)
        elif found[11]:
            zone = ZoneInfo(found[11])
        year, month, day, hour, minute, second = numbers
        return _in_utc(datetime(year, month, day, hour, minute, second, tzinfo=zone))
    except (ValueError, OverflowError, OSError, KeyError):  # no such day, no such zone
        return ""


def local_in_utc(text: str) -> str:
    """Convert a local time such as "2025-11-02-09-00-00" to UTC.

    The zone is this machine's: Blackboard names the time of its server.
    """
    found = _UPLOAD.fullmatch(text)
    if found is None:
        return ""
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return _in_utc(datetime(year, month, day, hour, minute, second).astimezone())
    except (ValueError, OverflowError, OSError):
        return ""


def _timestamp(folder: Path) -> str:
    """Read nbgrader's time stamp for a submission.

    It stands in somebody's folder, or in the one folder in it that has such a file.
    """
    try:
        inside = [Path(entry.path) for entry in listing(folder, _MOST_FOLDERS)]
    except Refused:
        return ""
    places = [path / _TIMESTAMP for path in (folder, *inside) if type_at(path) == stat.S_IFDIR]
    found = [path for path in places if type_at(path) == stat.S_IFREG]
    if len(found) != 1:
        return ""
    try:
        return in_utc(read_regular(found[0], _LONGEST).decode("utf-8", errors="replace"))
    except Refused:
        return ""


def handed_in_at(folder: Path) -> str:
    """Return when the submission in `folder` was handed in.

    The time is ISO 8601 in UTC, ending in Z; "" where nothing tells.
    """
    if type_at(folder) != stat.S_IFDIR:
        return ""
    try:
        if found := _timestamp(folder):
            return found
        seconds = head_seconds(folder)
        return "" if seconds is None else _in_utc(datetime.fromtimestamp(seconds, UTC))
    except (UsageError, ValueError, OverflowError, OSError):  # a disk that fails is told where the work is read
        return ""
