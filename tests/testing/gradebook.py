"""A class without anything to execute, and its grade book."""

from __future__ import annotations

import csv
from pathlib import Path

NOBODY_S = ["--dataset", "digits", "--sandbox", "none", "--time-limit", "5"]


def handed_in(folder: Path, *names: str) -> Path:
    """Write a class of broken archives. Nothing of it is executed."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.zip").write_text("see other file", encoding="utf-8")
    return folder


def rows(out: Path) -> dict[str, dict[str, str]]:
    """Return the rows of `grades.csv` by submission."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def last_run(out: Path) -> dict[str, str]:
    """Return the mark `last_run` of each row."""
    return {name: row["last_run"] for name, row in rows(out).items()}
