"""Exceptions of a submission, with what its own process can tell of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from .bounds import Int, Name, Text, most
from .fitting import need

MAX_FRAMES_TOLD = 16
"""Lines of a traceback."""


@dataclass(frozen=True)
class Frame:
    """A line of a student's file in a traceback."""

    file: Name
    line: Int
    function: Name
    code: Name


@dataclass(frozen=True)
class Clues:
    """Clues to an exception's cause from its own process. Each is empty where it is not known."""

    origin: Name = ""
    """Foreign module whose line raised. Empty where it is one of the submission's."""
    python: Name = ""
    """Python version that could not read the file. For a `SyntaxError`."""
    meant: Name = ""
    """Existing name spelt almost like a missing one."""
    home: Name = ""
    """Module of the submission that defines a missing name."""
    twin: Name = ""
    """Variable in Cyrillic letters that looks like the variable `meant`. Both are in the function that raised."""
    owner: Name = ""
    """Class of the submission that lacks an attribute."""
    method: Name = ""
    """Method that `owner` defines instead of `expected`, or that an attribute of its object hides."""
    expected: Name = ""
    """`__init__` or `forward`, where `owner` lacks it."""
    uncalled: Name = ""
    """`super().__init__`, as `owner` names it without a call."""


@dataclass(frozen=True)
class Raised:
    """An exception of the submission's code.

    Its traceback is trimmed to the submission's own frames, outermost first.
    """

    exception: Name
    message: Text
    frames: Annotated[list[Frame], most(MAX_FRAMES_TOLD)] = field(default_factory=list)
    not_implemented: bool = False
    """Whether it is an unwritten stub. `NotImplementedError` raised by the submission itself."""
    clues: Clues = field(default_factory=Clues)

    def __post_init__(self) -> None:
        need(bool(self.frames) or not self.not_implemented, "a stub that raises is in a file of the submission")
