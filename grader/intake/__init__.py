"""Intake: submissions as they are handed in.

Folders, archives, notebooks and bulk downloads are read into memory, never run.
"""

from grader.intake.discover import discover
from grader.intake.folder import package_in, real_path
from grader.intake.grouping import is_one_submission
from grader.intake.limits import IntakeLimits
from grader.intake.naming import safe_name

__all__ = ["IntakeLimits", "discover", "is_one_submission", "package_in", "real_path", "safe_name"]
