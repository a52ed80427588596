"""Format the measured rows as one table in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.benchmarks.base import Row

HEAD = ("what", "median", "range", "ratio", "wanted", "reached")
REACHED = {True: "yes", False: "**no**", None: ""}


def _number(value: float) -> str:
    """Format to three digits, since measurements are no more precise."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _wanted(row: Row) -> str:
    if row.wanted is None:
        return ""
    sign = "≤" if row.wanted.at_most else "≥"
    return f"{sign} {row.wanted.bound:g} {'×' if row.unit is not None else row.measure}"


def _line(row: Row) -> tuple[str, ...]:
    if not row.values:
        return (row.what, "", row.remark, "", _wanted(row), "")
    spread = f"{_number(min(row.values))} to {_number(max(row.values))}"
    ratio = "" if row.ratio is None or row.unit is None else f"{_number(row.ratio)} × {row.unit.name}"
    return (row.what, f"{_number(row.median)} {row.measure}", spread, ratio, _wanted(row), REACHED[row.reached])


def render(rows: Mapping[str, Sequence[Row]], machine: str) -> str:
    """Render the whole table in Markdown.

    Args:
        rows: by subject, in the order in which they are shown.
        machine: one line about the machine that was measured.
    """
    lines: list[tuple[str, ...]] = [HEAD, ("---", "---:", "---:", "---:", "---:", "---")]
    for subject, measured in rows.items():
        lines.append((f"**{subject}**", *[""] * (len(HEAD) - 1)))
        lines.extend(_line(row) for row in measured)
    table = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
    return f"{machine}\n\n{table}\n"


BEGIN, END = "<!-- what the last run found -->", "<!-- until here -->"


def replaced(page: str, table: str) -> str:
    """Put `table` between the two marks of `page`.

    Raises:
        ValueError: a mark is missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no place for the table: it stands between {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"
