"""Bounds on a submission, and the refusal of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from grader.intake.naming import shown, shown_list
from grader.model import Filling, Problem, Said

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@dataclass(frozen=True)
class IntakeLimits:
    """The bounds on one submission. A network and its training loop need a few kilobytes.

    The bounds on size also keep trained weights out: what a submission learns, it learns in the graded run.
    """

    files: int = 200
    """Kept files. Those left out (figures, caches, `.git`) are not counted."""
    total_bytes: int = 1 * MEBIBYTE
    file_bytes: int = 512 * KIBIBYTE
    depth: int = 8
    """Parts of a path inside the package. The file's own name is included."""
    path_bytes: int = 240
    """Length of a path inside the package, in UTF-8."""
    listed: int = 20_000
    """Entries looked at in a folder tree or archive. They count whether they are kept or not."""
    archive_bytes: int = 50 * MEBIBYTE
    """Size of an archive as it was handed in."""
    unpacked_bytes: int = 256 * MEBIBYTE
    """Size of all members of an archive, unpacked. They count whether they are kept or not."""
    compression_ratio: int = 100
    """Ratio of unpacked to packed size. It bounds an archive that unpacks to more than `total_bytes`."""
    notebook_bytes: int = 20 * MEBIBYTE
    """Size of a notebook with its outputs. What counts as the submission is its code alone."""
    cells: int = 5_000
    """Cells of a notebook, whatever they hold."""
    statements: int = 2_000
    """Top-level statements of a notebook."""
    class_factor: int = 40
    """Factor of the bounds for a class's archive. Such an archive is a platform's download of a whole class."""

    def for_a_class(self) -> IntakeLimits:
        """Return the bounds on a class's archive. It holds those of the class."""
        return replace(
            self,
            listed=self.listed * self.class_factor,
            archive_bytes=self.archive_bytes * self.class_factor,
            unpacked_bytes=self.unpacked_bytes * self.class_factor,
            total_bytes=self.total_bytes * self.class_factor,
        )


def _fit_for_message(value: int | str | Iterable[str] | tuple[Said, ...]) -> Filling:
    if isinstance(value, int):
        return value
    if isinstance(value, tuple):
        return tuple(part for part in value if isinstance(part, Said))
    return shown(value) if isinstance(value, str) else shown_list(value)


class Refused(Exception):
    """Raised for a submission that cannot be taken.

    It carries the `Problem` that the submission gets, and never leaves this package.

    Args:
        hint: the message that says why.
        data: fills its placeholders. Strangers' names may be given as they are, one or several of them: they are made
            fit to be shown here. Messages, in a tuple, are taken as they are.
    """

    def __init__(self, hint: str, **data: int | str | Iterable[str] | tuple[Said, ...]) -> None:
        super().__init__(hint)
        self.problem = Problem(hint, {key: _fit_for_message(value) for key, value in data.items()})
