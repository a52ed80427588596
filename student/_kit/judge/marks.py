"""Vocabulary of the hidden tests: `fail`, `after`, `visible`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from ..verdict import Filling

Test = TypeVar("Test", bound=Callable[..., None])


def test_id(category: str, function: str) -> str:
    """`training/own-gradient` for `test_own_gradient` of the category `training`."""
    return f"{category}/{function.removeprefix('test_').replace('_', '-')}"


class Misconception(AssertionError):
    """A hidden test has found a mistake.

    Attributes:
        hint: id of the message that names it.
        data: what fills the message's placeholders.
        staff_note: what an instructor may want to know beside it.
    """

    def __init__(self, hint: str, data: dict[str, Filling], staff_note: str | None) -> None:
        super().__init__(f"{hint} {data}")
        self.hint, self.data, self.staff_note = hint, data, staff_note


def fail(hint: str, staff_note: str | None = None, **data: Filling) -> NoReturn:
    """End the test with the mistake `hint`."""
    raise Misconception(hint, data, staff_note)


class Remark(Exception):
    """Ends a test that passes with a staff note."""

    def __init__(self, staff_note: str) -> None:
        super().__init__(staff_note)
        self.staff_note = staff_note


def remark(staff_note: str) -> NoReturn:
    """End the test as passed, with a staff note."""
    raise Remark(staff_note)


class Waits(Exception):
    """Ends a test that waits for another. What it asks for was not seen, for a reason that the test `by` names."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


def wait_for(test: str) -> NoReturn:
    """End the test without a judgement, blocked by `test`.

    That one names what has to be repaired first.

    Args:
        test: the id of a test, or the name of a probe, for the test that looks at what it saw.
    """
    raise Waits(test)


def after(*tests: str) -> Callable[[Test], Test]:
    """Block the decorated test until `tests` have passed. They are ids; it is blocked by the first that has not."""

    def mark(test: Test) -> Test:
        test.after = tests  # type: ignore[attr-defined]
        return test

    return mark


def visible(test: Test) -> Test:
    """Students get this test too."""
    test.visible = True  # type: ignore[attr-defined]
    return test
