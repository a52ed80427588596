"""Checks of the results of hostile submissions. The honest submission beside them is checked, too."""

from __future__ import annotations

from typing import Any

from tests.hostile.attacks import Attack


def complaints_about(attack: Attack, result: dict[str, Any] | None) -> list[str]:
    """How the result differs from what was expected. Empty where it does not."""
    if result is None:
        return ["it has no result"]
    found = []
    first = next((test for test in result["tests"] if test["status"] not in ("passed", "blocked")), None)
    if result["status"] == "grader_error" or result["score"] is None:
        return [f"it made the grader fail: {result}"[:600]]
    if result["score"] > attack.most:
        found.append(f"it earned {result['score']} points, {attack.most} are the most")
    if attack.statuses and (first is None or first["status"] not in attack.statuses):
        found.append(f"it came to {first and (first['id'], first['status'], first['message'])}, not {attack.statuses}")
    if attack.raises and result["status"] != "passed":
        found.append(f"it harmed its own honest part: {first}")
    return found


def neighbour_complaints(result: dict[str, Any] | None) -> list[str]:
    """Complaints about the honest submission in the batch. It must have got all its points."""
    if result is None:
        return ["the neighbour has no result"]
    if (result["status"], result["score"]) != ("passed", result["max_score"]) or not result["tests"]:
        return [f"the neighbour's result is {result['status']}, {result['score']} of {result['max_score']}"]
    return []
