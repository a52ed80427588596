"""The bounds on a submission, and how a reader says that one is not taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from grader.intake.naming import shown, shown_list
from grader.model import Filling, Problem, Said

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@dataclass(frozen=True)
class IntakeLimits:
    """What one submission may be at most. A network and its training loop need a few kilobytes.

    The bounds on size also keep trained weights out: what a submission learns, it learns in the graded run.
    """

    files: int = 200
    """Kept files; those left out (figures, caches, `.git`) are not counted."""
    total_bytes: int = 1 * MEBIBYTE
    file_bytes: int = 512 * KIBIBYTE
    depth: int = 8
    """Parts of a path inside the package, the file's own name included."""
    path_bytes: int = 240
    """A path inside the package, in UTF-8."""
    listed: int = 20_000
    """Entries looked at in one folder tree or archive, kept or not."""
    archive_bytes: int = 50 * MEBIBYTE
    """An archive as it was handed in."""
    unpacked_bytes: int = 256 * MEBIBYTE
    """All members of an archive together, unpacked, kept or not."""
    compression_ratio: int = 100
    """Unpacked to packed size of an archive that unpacks to more than `total_bytes`."""
    notebook_bytes: int = 20 * MEBIBYTE
    """A notebook with its outputs; what counts as the submission is its code alone."""
    cells: int = 5_000
    """Cells of a notebook, whatever they hold."""
    statements: int = 2_000
    """Top-level statements of a notebook."""
    class_factor: int = 40
    """By what the bounds on an archive are multiplied for a platform's download of a whole class."""

    def for_a_class(self) -> IntakeLimits:
        """The bounds on an archive that holds those of a class."""
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
    """A submission that cannot be taken: carries the `Problem` it gets. Never leaves this package.

    Args:
        hint: the message that says why.
        data: fills its placeholders. Strangers' names may be given as they are, one or several of them: they are made
            fit to be shown here. Messages, in a tuple, are taken as they are.
    """

    def __init__(self, hint: str, **data: int | str | Iterable[str] | tuple[Said, ...]) -> None:
        super().__init__(hint)
        self.problem = Problem(hint, {key: _fit_for_message(value) for key, value in data.items()})
