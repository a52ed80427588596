"""Joins stores of shards or several machines. The result is as if one run had graded all.

Of a submission that is in several stores the result counts whose run began later, but a fault of ours never takes the
place of a real one, nor a trial that of a grade. Whoever merges the same store again changes nothing, so a merge that
was interrupted is begun anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from grader.errors import UsageError
from grader.model import Result
from grader.record import stored_result
from grader.store import Store


@dataclass(frozen=True)
class Source:
    """One output folder to merge. It has the results that stand in it, and on what they rest, by submission."""

    out: Path
    store: Store
    results: dict[str, Result]
    bases: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Joined:
    """The outcome of merging one submission.

    Args:
        submission: its name.
        fate: whether the target had nothing of it, an earlier result, or one that still counts.
        other_files: whether the target had another work of that name: of another person, or a further attempt.
    """

    submission: str
    fate: Literal["added", "replaced", "kept"]
    other_files: bool = False


def read_source(out: Path, store: Store) -> Source:
    """Read the results in the store of an output folder.

    Raises:
        UsageError: one of them cannot be read.
    """
    results = {}
    for name in store.submissions():
        result = stored_result(store, name)
        if result is None:
            raise UsageError(f"{out}: the result of {name} was written by another version of the grader: merge with it")
        results[name] = result
    return Source(out, store, results, store.bases())


def check_data_sets(sources: Sequence[Source]) -> None:
    """Check that all used the same data set. Others have other goals and decide other things.

    Raises:
        UsageError: it was not; names a folder of each.
    """
    where: dict[str, Path] = {}
    for source in sources:
        for result in source.results.values():
            where.setdefault(result.provenance.dataset, source.out)
    if len(where) > 1:
        found = ", ".join(f"{out} on {dataset}" for dataset, out in where.items())
        raise UsageError(f"results of different data sets ({found}): merge each data set into its own folder")


def differing_rubrics(results: Iterable[Result]) -> list[str]:
    """Return the tests whose points differ between results. Those that are judged in some alone are among them.

    "the goal" is among them where the accuracy asked for differs. Faults of ours tell nothing of it.
    """
    rubrics = [_rubric(result) for result in results if result.fault is None]
    tests = dict.fromkeys(test for rubric in rubrics for test in rubric)
    return [test for test in tests if len({rubric.get(test) for rubric in rubrics}) > 1]


def _rubric(result: Result) -> dict[str, float]:
    points = {test.verdict.test: test.max_score for test in result.tests}
    return {"the goal": result.provenance.threshold, **points}


def _takes_its_place(new: Result, old: Result) -> bool:
    """Whether `new` counts where `old` stands."""
    if (new.fault is None) != (old.fault is None):
        return new.fault is None
    if new.is_grade != old.is_grade:
        return new.is_grade
    return new.provenance.started > old.provenance.started


def _copy(source: Source, target: Store, submission: str) -> None:
    stored, result = source.store.get(submission), source.store.get_result(submission)
    assert stored is not None
    assert result is not None
    key = source.store.key_of(submission)
    if key is not None and stored.execution is not None:
        target.put_execution(key, stored.execution)
    target.put_record(submission, key, stored.record, result, basis=source.bases.get(submission))
    digest = source.results[submission].provenance.submission_sha256
    if (sources := source.store.get_sources(digest)) is not None:
        target.put_sources({digest: sources})


def merge(sources: Sequence[Source], target: Source, write: Callable[[Result], None]) -> Iterator[Joined]:
    """Merge all sources into `target`, yielding each submission. What counts is copied, with all that was observed.

    Args:
        sources: where from; nothing is changed there.
        target: where to; its `results` are those that stand, also afterwards.
        write: writes the files of a submission whose result is new there.
    """
    here = set(target.store.execution_keys())
    for source in sources:
        for result in source.results.values():
            yield _merge_one(source, target, result, write)
        for key in source.store.execution_keys():  # executions of further seeds, which the next run would look for
            if key not in here and (payload := source.store.get_execution(key)) is not None:
                target.store.put_execution(key, payload)
                here.add(key)


def _merge_one(source: Source, target: Source, result: Result, write: Callable[[Result], None]) -> Joined:
    name, old = result.submission, target.results.get(result.submission)
    other_files = old is not None and old.provenance.submission_sha256 != result.provenance.submission_sha256
    if old is not None and not _takes_its_place(result, old):
        return Joined(name, "kept", other_files)
    write(result)  # before the store: a merge repeated after sudden death then finds the result missing there
    _copy(source, target.store, name)
    target.results[name] = result
    return Joined(name, "added" if old is None else "replaced", other_files)
