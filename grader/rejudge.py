"""`grader rejudge OUT`: new verdicts from stored observations, and a list of whose score changes."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from grader.assignment import load_assignment
from grader.errors import UsageError
from grader.i18n import translator
from grader.judge.collect import collect
from grader.model import Result
from grader.output import save_batch, save_result
from grader.protocol.codec import BrokenMessage, decode, encode
from grader.record import Record, judged
from grader.report.escape import one_line
from grader.store import FOLDER, Store


def record_key(payload: bytes) -> str:
    """The key of an encoded record in the store."""
    return hashlib.sha256(payload).hexdigest()


def remember(store: Store, record: Record) -> None:
    """Keep `record` as the newest of its submission. One with a fault holds nothing to judge and is left out."""
    if record.fault is None:
        payload = encode(record)
        store.put_observations(record_key(payload), record.submission, payload)


def _old_score(out: Path, submission: str) -> float | None:
    """The score that stands in `result.json`, None where there is none to compare with."""
    try:
        score = json.loads((out / submission / "result.json").read_bytes())["score"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(score) if isinstance(score, int | float) else None


def _shown(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"


def _rejudged(out: Path) -> list[Result]:
    tests = collect()
    assignment = load_assignment(tests=frozenset(tests))
    results = []
    with Store.open(out) as store:
        for run in store.all_latest():
            try:
                record = decode(run.payload, Record)
            except BrokenMessage:
                print(
                    f"grader: {run.submission}: stored by another version of the grader, left as it is", file=sys.stderr
                )
                continue
            results.append(judged(record, assignment, tests))
    return results


def rejudge_folder(out: Path, *, dry_run: bool) -> int:
    """Judge everything stored in `out` again, print whose score changes, and write the new results unless `dry_run`.

    Returns:
        0, or 3 where the judge failed for some submission.

    Raises:
        UsageError: nothing is stored there.
    """
    if not (out / FOLDER).is_dir():
        raise UsageError(f"{out} holds no stored observations: name the --out folder of an earlier run")
    results = _rejudged(out)
    language = load_assignment().language
    changed = 0
    for result in results:
        before = _old_score(out, result.submission)
        if before != result.score:
            changed += 1
            print(f"{one_line(result.submission)}: {_shown(before)} → {_shown(result.score)}")
    print(f"{len(results)} judged again, {changed} changed" + (", nothing written (--dry-run)" if dry_run else ""))
    if not dry_run and results:
        for result in results:
            save_result(out, result, translator(language))
        save_batch(out, results, translator(language))
    return 3 if any(result.status == "grader_error" for result in results) else 0
