"""Writes the files of each submission in a run. Files are left alone where they would be written the same.

To make 2,000 reports again takes longer than to read them. So a digest of the files lies in the store, and of a result
that stands they are left as they are where that is still their digest. A report that was edited or deleted is written
again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from grader.errors import GraderError
from grader.gradebook import Terms
from grader.i18n import translator
from grader.model import Result
from grader.output import TRIAL, files_of, save_result
from grader.store import Store


class Written:
    """The files written now, and by an earlier run. `close` keeps what is known of them for the next one.

    Args:
        out: the output folder.
        store: of that folder.
        language: of `result.json`.
        terms: of the folder, which the reports tell of too.
        tell_aside: hears the name of a submission whose grade stays, after its trial was written beside it.
    """

    def __init__(
        self,
        out: Path,
        store: Store,
        language: str,
        *,
        terms: Terms,
        tell_aside: Callable[[str], None],
    ) -> None:
        self._terms = terms
        self._out, self._store, self._language, self._translate = out, store, language, translator(language)
        self._tell_aside = tell_aside
        self._before = store.written()
        self._now: dict[str, bytes] = {}

    def _digest(self, result: Result) -> bytes | None:
        """Return a digest of the files and the adjustments.

        The files are read from the disk; None where one is missing.
        """
        total = hashlib.sha256(self._language.encode())
        total.update(repr((result.adjustments, result.lateness)).encode(errors="replace"))
        try:
            for path in files_of(self._out, result.submission):
                content = path.read_bytes()
                total.update(f"{path.name} {len(content)}\n".encode() + content)
        except OSError:
            return None
        return total.digest()

    def write(self, result: Result) -> None:
        """Write the files of a new result."""
        result = self._terms.applied(result)
        save_result(self._out, result, self._translate)
        digest = self._digest(result)
        if digest is not None:
            self._now[result.submission] = digest

    def confirm(self, result: Result) -> None:
        """Write the files of a standing result if changed. Unchanged means: as the earlier run wrote them."""
        before = self._before.get(result.submission)
        if before is None or before != self._digest(self._terms.applied(result)):
            self.write(result)

    def set_aside(self, trial: Result) -> None:
        """Write the files of a trial beside a grade's. Somebody has a grade, which stays."""
        save_result(self._out, trial, self._translate, below=TRIAL)
        self._tell_aside(trial.submission)

    def close(self) -> None:
        """Store what was written. Where that is not possible, it is written again the next time."""
        with contextlib.suppress(GraderError):
            self._store.put_written(self._now)
