"""Lateness of a submission, and what it takes off. It goes by the clock of the platform that took the submission."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from grader.assignment import LatenessRule
from grader.model import Identity, Lateness

_DAY = timedelta(days=1)


def lateness_of(identity: Identity, rule: LatenessRule | None) -> Lateness | None:
    """Compute the lateness of a submission.

    Whoever comes after the deadline and its grace is late by every day that has begun since the deadline. Where the
    platform only says that it came late, it counts as one day.

    Args:
        identity: holds when it was handed in, as far as that is known.
        rule: the deadline; None where there is none.

    Returns:
        None where there is no deadline, or nobody knows when the submission came.
    """
    if rule is None:
        return None
    if identity.submitted:
        try:
            over = datetime.fromisoformat(identity.submitted) - rule.deadline
        except (ValueError, TypeError):  # no time, or one without a zone: not written by the intake
            return None
        days = math.ceil(over / _DAY) if over > timedelta(minutes=rule.grace_minutes) else 0
    elif identity.late:
        days = 1
    else:
        return None
    return Lateness(days, min(rule.max_percent, days * rule.percent_per_day))
