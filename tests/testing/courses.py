"""Assignments of courses with numbers of their own."""

from __future__ import annotations

from pathlib import Path

from grader.assignment import DEFAULT, AssignmentFile, read_assignment

CHANGES = {
    'language = "en"': 'language = "ru"',
    '"structure/budget" = 2': '"structure/budget" = 3.5',
    "min_hidden_layers = 1": "min_hidden_layers = 3",
    "max_parameters = 5_000_000": "max_parameters = 1_000_000",
    "forbid_convolutions = false": "forbid_convolutions = true",
    "bars = [0.95, 0.98, 0.99]": "bars = [0.9, 0.96, 0.965]",
    "train_seconds = 900": "train_seconds = 450",
    "# [lateness] ": "[lateness] ",
    "# deadline =": "deadline =",
    "# percent_per_day": "percent_per_day",
}


def other_assignment(folder: Path, name: str = "other.toml", **changes: str) -> AssignmentFile:
    """Write the assignment of another course to `folder`, and read it.

    Args:
        folder: exists.
        name: of the file.
        changes: other lines, by the name of their key; each stands once in the file.
    """
    text = DEFAULT.read_text(encoding="utf-8")
    for before, after in CHANGES.items():
        assert before in text, before
        text = text.replace(before, after)
    lines = [changes.get(line.partition(" = ")[0].strip('"'), line) for line in text.splitlines()]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_assignment(path)
