"""The roster kept in an output folder.

The folder was graded with it, and later runs, `rejudge`, `merge` and exports use it.
"""

from __future__ import annotations

from pathlib import Path

from grader.errors import GraderFault, UsageError
from grader.roster import Roster, read_roster
from grader.store import FOLDER, write_durably

FILE = "roster.csv"


def keep_roster(out: Path, roster: Roster) -> None:
    """Store `roster` in the output folder `out`.

    It replaces one that is there, and has names, accounts and numbers alone.

    Raises:
        GraderFault: it cannot be written.
    """
    write_durably(out / FOLDER / FILE, roster.encode())


def kept_roster(out: Path) -> Roster | None:
    """Return the roster of `out`. None where there is none.

    Raises:
        GraderFault: it cannot be read.
    """
    path = out / FOLDER / FILE
    try:
        return read_roster(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None
    except (OSError, UsageError):
        raise GraderFault(f"{path} cannot be read: name the roster once more with --roster") from None
