"""Puts `solutions/` into the wheel, for `grader release` and `grader verify`.

A wheel that students can get at is built without them: `GRADER_WITHOUT_SOLUTIONS=1 pip wheel --no-deps .`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WITHOUT = "GRADER_WITHOUT_SOLUTIONS"
PLACE = "grader/release/solutions"
"""Where `grader.release.repository.find_solutions` looks. The sandbox shows nothing of the package."""


class SolutionsHook(BuildHookInterface[Any]):
    """Adds the solutions to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to add, none for an editable installation: that one has its checkout.

        Args:
            version: "standard" or "editable".
            build_data: what hatchling goes by; `force_include` maps files here to their places in the wheel.
        """
        solutions = Path(self.root, "solutions")
        if version == "editable" or os.environ.get(WITHOUT):
            return
        # the image for grading is built of a folder that has none
        for path in sorted(solutions.glob("*.py")):
            build_data["force_include"][str(path)] = f"{PLACE}/{path.name}"
