"""The files of an output folder. It is said which there are, where the folder may lie, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from grader.errors import UsageError
from grader.i18n import LANGUAGES, translator
from grader.intake import is_one_submission, package_in, real_path
from grader.intake.naming import shown
from grader.kept_roster import kept_roster
from grader.model import Identity, Result, Submission
from grader.report.escape import Translate
from grader.report.missing import missing_csv
from grader.report.order import in_order
from grader.report.registry import (
    IN_EVERY_LANGUAGE,
    OF_A_BATCH,
    OF_A_BATCH_IN_EVERY_LANGUAGE,
    OF_A_SUBMISSION,
    ClassReport,
)
from grader.roster import Person
from grader.store import FOLDER, write_durably

TRIAL = "trial"
"""The folder of a trial, below a submission's. It has the files of a run that could not replace the grade."""


def _is_of_a_run(folder: Path) -> bool:
    """Whether `folder` is empty, missing, or an earlier run's. An earlier run has left its results in it."""
    try:
        return not folder.is_dir() or (folder / FOLDER).is_dir() or not any(folder.iterdir())
    except OSError:
        return True  # whether it can be written to is asked later


def _check_beside(out: Path, target: Path, path: Path) -> None:
    """Refuse an output folder that could be graded.

    It (`out`, really `target`) is `path`, or would be an entry of that batch.
    """
    real = path.resolve()
    if target == real:
        raise UsageError(f"--out {out}: this folder is itself to be graded; name another one for the results")
    if real not in target.parents or is_one_submission(real):
        return
    entry, *below = target.relative_to(real).parts
    if (below and not entry.startswith(".")) or not _is_of_a_run(target):
        raise UsageError(
            f"--out {out}: {shown(f'{real.name}/{entry}')} counts as a submission; name another folder for the results"
        )


def check_apart(out: Path, paths: Sequence[Path], submissions: Sequence[Submission]) -> None:
    """Check that results do not overwrite submissions. Nor may they be written into them.

    Args:
        out: the output folder; it may lie directly in a batch, where it is left out.
        paths: what is to be graded; they exist.
        submissions: what was found there.

    Raises:
        UsageError: they would.
    """
    target = real_path(out)
    for path in paths:
        _check_beside(out, target, path)
    for submission in submissions:
        work = submission.origin
        if target / submission.name == work or (package_in(work) or work) in (target, *target.parents):
            raise UsageError(
                f"--out {out}: this would write into the submission {shown(work.name)}; name another folder"
            )


def _folder_of(out: Path, name: str) -> Path:
    """Return the folder `name` in `out`. A link in its place, which could lead anywhere, is removed first."""
    folder = out / name
    if folder.is_symlink():
        folder.unlink()
    return folder


def files_of(out: Path, submission: str) -> list[Path]:
    """List the files of a submission. `save_result` writes all of them."""
    names = [name.format(language=language) for language in LANGUAGES for name in IN_EVERY_LANGUAGE]
    return [out / submission / name for name in (*names, *OF_A_SUBMISSION)]


def save_result(out: Path, result: Result, translate: Translate, *, below: str | None = None) -> None:
    """Write the files of a submission. They are feedback in every language and then, last, `result.json`.

    Args:
        out: the output folder.
        result: what came of it.
        translate: makes the words of `result.json`.
        below: the name of a folder in its folder, for what is not to replace the files there; None for none.
    """
    folder_of_it = _folder_of(out, result.submission)
    folder = folder_of_it if below is None else _folder_of(folder_of_it, below)
    for language in LANGUAGES:
        for name, content_of in IN_EVERY_LANGUAGE.items():
            write_durably(folder / name.format(language=language), content_of(result, translator(language)))
    for name, content_of in OF_A_SUBMISSION.items():
        write_durably(folder / name, content_of(result, translate))


def save_batch(
    out: Path, results: Sequence[Result], translate: Translate, handed_in: Iterable[Identity] = ()
) -> list[Person]:
    """Write the files about all results together. Results are in the order of their names.

    Args:
        out: the output folder, which may hold a roster.
        results: of everybody.
        translate: makes the words.
        handed_in: those of whom there is no result yet.

    Returns:
        who is in the roster and has handed in nothing.
    """
    ordered, roster = in_order(results), kept_roster(out)
    missing = roster.missing([*(result.identity for result in ordered), *handed_in]) if roster else []

    @cache
    def content(content_of: ClassReport, words: Translate) -> bytes:
        return content_of(ordered, words, missing)

    for language in LANGUAGES:
        for name, content_of in OF_A_BATCH_IN_EVERY_LANGUAGE.items():
            write_durably(out / name.format(language=language), content(content_of, translator(language)))
    for name, content_of in OF_A_BATCH.items():  # in the run's language; some of it is cached from above
        write_durably(out / name, content(content_of, translate))
    if roster is not None:
        write_durably(out / "missing.csv", missing_csv(missing))
    return missing


def check_writable(out: Path) -> None:
    """Check that results can be written. That is found out before hours of training.

    Raises:
        UsageError: they cannot.
    """
    probe = out / f".writable-{os.getpid()}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}; name a folder that can be written to") from None
