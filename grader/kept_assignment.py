"""The assignment kept in an output folder, where a file was named for it.

All that reads the folder later goes by it, so that the results of one course are never shown by the deadline of
another. A folder that keeps none was graded by the assignment that comes with the grader.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.assignment import (
    Assignment,
    AssignmentFile,
    assignment_in,
    load_assignment,
    parse_assignment,
    read_assignment,
)
from grader.errors import AssignmentError, UsageError
from grader.store import FOLDER, Store, write_durably
from grader.store.store import FILE as STORE

FILE = "assignment.json"
_OWN = "the grader's own assignment.toml"


class _Kept(msgspec.Struct, frozen=True):
    path: str
    text: str


def kept_assignment(out: Path) -> AssignmentFile | None:
    """Return the assignment that `out` keeps. None where it keeps none.

    Raises:
        UsageError: it cannot be read.
    """
    path = out / FOLDER / FILE
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        return AssignmentFile(Path(kept.path), kept.text, parse_assignment(kept.text, Path(kept.path)))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.DecodeError, AssignmentError):
        raise UsageError(f"{path} cannot be read: remove it, then `grader rejudge {out} --assignment FILE`") from None


def keep_assignment(out: Path, given: AssignmentFile | None) -> None:
    """Keep `given` in `out`, in place of what is there. None stands for the one that comes with the grader.

    Raises:
        GraderFault: it cannot be written.
    """
    path = out / FOLDER / FILE
    if given is None:
        path.unlink(missing_ok=True)
    else:
        write_durably(path, msgspec.json.encode(_Kept(str(given.path), given.text)))


def assignment_of(out: Path, tests: frozenset[str] | None = None) -> Assignment:
    """Return the assignment that the results in `out` go by. `tests` are as for `load_assignment`.

    Raises:
        UsageError: it cannot be read.
    """
    return assignment_in(kept_assignment(out), tests=tests)


def read_again(out: Path, tests: frozenset[str]) -> AssignmentFile | None:
    """Read anew the file that `out` was graded by. None where it was the one that comes with the grader.

    Raises:
        UsageError: it is no longer there, or makes no sense.
    """
    kept = kept_assignment(out)
    if kept is not None and not kept.path.is_file():
        raise UsageError(f"{out} was graded by {kept.path}, which is not there: name the file with --assignment")
    return None if kept is None else read_assignment(kept.path, tests=tests)


def _is_same(one: AssignmentFile | None, other: AssignmentFile | None) -> bool:
    """Whether both are one assignment: of one file, whatever has changed in it, or saying the same."""
    if one is None or other is None:
        some = one or other
        return some is None or some.assignment == load_assignment()
    return one.path == other.path or one.assignment == other.assignment


def _called(given: AssignmentFile | None) -> str:
    return _OWN if given is None else str(given.path)


def _has_results(out: Path) -> bool:
    if not (out / FOLDER / STORE).is_file():
        return False
    with Store.open(out) as store:
        return bool(store.submissions())


def check_same(out: Path, given: AssignmentFile | None) -> None:
    """Check that the results in `out` are of the assignment `given`. Where there are none it may be any.

    Raises:
        UsageError: they are of another one.
    """
    kept = kept_assignment(out)
    if not _is_same(kept, given) and _has_results(out):
        raise UsageError(
            f"{out} was graded by {_called(kept)}, not by {_called(given)}: choose another --out, or judge all in it "
            f"by the other one first: `grader rejudge {out} --assignment FILE`"
        )


def one_assignment(outs: list[Path]) -> AssignmentFile | None:
    """Return the assignment that several folders were graded by. Of its versions it is that of the first folder.

    Raises:
        UsageError: they were graded by different ones.
    """
    first, *others = [(out, kept_assignment(out)) for out in outs if _has_results(out)] or [(outs[0], None)]
    for out, kept in others:
        if not _is_same(first[1], kept):
            raise UsageError(
                f"{first[0]} was graded by {_called(first[1])} and {out} by {_called(kept)}: results of different "
                "assignments are not merged"
            )
    return first[1]
