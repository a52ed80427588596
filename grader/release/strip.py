"""Turns solutions into stubs.

What stands between the marks `### BEGIN SOLUTION` and `### END SOLUTION` (nbgrader's convention) is replaced: by the
code of the lines `### STUB: code` right before the first mark, where there are any, else by one line that raises
`NotImplementedError`. What stands between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS` goes without a trace.

The chapters hold no `STUB` lines: nbgrader does not know them, and what it makes of a chapter has to be what is
released.
"""

from __future__ import annotations

import re

from grader.errors import GraderFault

SOLUTION, HIDDEN = "SOLUTION", "HIDDEN TESTS"
_MARK = re.compile(r"^\s*### (?P<side>BEGIN|END) (?P<kind>SOLUTION|HIDDEN TESTS)\s*$")
_STUB = re.compile(r"^(?P<indent>\s*)### STUB: ?(?P<code>.*)$")
DEFAULT_STUB = 'raise NotImplementedError("TODO: write this part, then delete this line")'


def _marked(source: str) -> list[tuple[str, str, str | None]]:
    """Pair each line with its mark and region.

    The mark is "BEGIN", "END" or nothing; a region includes its marks.

    Raises:
        GraderFault: a mark without its partner.
    """
    lines: list[tuple[str, str, str | None]] = []
    inside: str | None = None
    for number, line in enumerate(source.splitlines(), start=1):
        mark = _MARK.match(line)
        if mark is None:
            lines.append((line, "", inside))
            continue
        opens = mark["side"] == "BEGIN"
        if inside != (None if opens else mark["kind"]):
            raise GraderFault(f"line {number}: `{line.strip()}` without its partner")
        lines.append((line, mark["side"], mark["kind"]))
        inside = mark["kind"] if opens else None
    if inside is not None:
        raise GraderFault(f"`### BEGIN {inside}` without `### END {inside}`")
    return lines


def regions(source: str) -> list[list[str]]:
    """Collect the regions that students do not get.

    Marks are left out.

    Raises:
        GraderFault: a mark without its partner.
    """
    found: list[list[str]] = []
    for line, mark, kind in _marked(source):
        if mark == "BEGIN":
            found.append([])
        elif not mark and kind is not None:
            found[-1].append(line)
    return found


def strip(source: str) -> str:
    """Replace solutions in `source` by stubs. Hidden tests are left out."""
    lines: list[str] = []
    stubs: list[str] = []
    for line, mark, kind in _marked(source):
        stub = _STUB.match(line)
        if kind is None and stub:
            stubs.append(f"{stub['indent']}{stub['code']}".rstrip())
        elif kind is None:
            lines.append(line)
        elif kind == SOLUTION and mark == "BEGIN":
            indent = line[: len(line) - len(line.lstrip())]
            lines += stubs or [indent + DEFAULT_STUB]
            stubs = []
    return "\n".join(lines) + "\n"


def reveal(source: str) -> str:
    """Remove marks and hidden tests from `source`. The solutions stay: a filled-in submission looks like that."""
    kept = [line for line, mark, kind in _marked(source) if not mark and kind != HIDDEN and not _STUB.match(line)]
    return "\n".join(kept) + "\n"
