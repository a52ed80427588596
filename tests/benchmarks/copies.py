"""Many equal submissions to measure with. Each differs from the others in a comment alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.base import ROOT
from tests.testing.runs import HONEST_NET, HONEST_OBJECTIVE, TRAINING

SMALL = {"net.py": HONEST_NET, "objective.py": HONEST_OBJECTIVE, "training.py": TRAINING}
"""A submission with one hidden layer and nothing to spare."""


def reference() -> dict[str, str]:
    """The three modules of the reference solution."""
    return {name: (ROOT / "solutions" / name).read_text(encoding="utf-8") for name in SMALL}


def write_copies(folder: Path, n: int, files: Mapping[str, str]) -> Path:
    """Write `n` submissions into `folder`, which is made. All cost the same, and no store knows any of them."""
    for number in range(n):
        submission = folder / f"s{number:04}"
        submission.mkdir(parents=True)
        for name, text in files.items():
            (submission / name).write_text(f"{text}\n# copy {number} of {n}\n", encoding="utf-8")
    return folder
