"""Submissions as they are handed in: folders, archives, notebooks, bulk downloads; read into memory, never run."""

from grader.intake.discover import discover
from grader.intake.limits import IntakeLimits
from grader.intake.naming import safe_name

__all__ = ["IntakeLimits", "discover", "safe_name"]
