"""The corpus can be browsed. Every sample lies where it belongs, is listed, and repeats no other."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from grader.judge.collect import collect
from tests.hostile.attacks import Attack, attacks
from tests.submissions_index import COMMAND, INDEX, MARK, index
from tests.testing.corpus import EXPECTATION, FOLDER, Expectation, sample_named, samples, submission_of, write

WHOLE = "buggy/dropout/own-dropout-not-scaled"
"""A sample that the README grades where it lies. So it shares no file."""


def test_the_index_lists_what_is_there() -> None:
    """The README of the corpus lists all samples as they are."""
    assert INDEX.read_text(encoding="utf-8") == index(), f"run `{COMMAND}`"


def test_every_key_is_explained() -> None:
    """The index names each key that an `expect.toml` may have."""
    keys = {*msgspec.structs.asdict(Expectation()), *Attack.__dataclass_fields__} - {"path", "same_as"}
    head = INDEX.read_text(encoding="utf-8").partition(MARK)[0]
    assert [key for key in sorted(keys) if f"`{key}`" not in head] == []
    assert "`[same_as]`" in head


def test_no_folder_is_overlooked() -> None:
    """Every file in the corpus belongs to a sample."""
    known = {sample.path for sample in samples()} | {attack.path for attack in attacks()}
    files = [path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert [path for path in files if path != INDEX and known.isdisjoint(path.parents)] == []


def test_a_mistake_lies_in_the_folder_of_its_category() -> None:
    """A mistake lies in the folder of its category. That is the category of the hidden test that names it."""
    tests = collect()
    for sample in samples("buggy"):
        named = sample.expected.fails[0]
        assert sample.path.parent.name == named.partition("/")[0], sample.name
        assert named in tests, sample.name


def test_no_file_is_a_copy_of_another() -> None:
    """No file is a copy of another. A file that two samples have lies in one, and the other says so."""
    found: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    for sample in samples():
        if sample.name != WHOLE:
            for path in sample.path.rglob("*.*"):
                if path.name != EXPECTATION and path.is_file() and "__pycache__" not in path.parts:
                    found[path.name, path.read_bytes()].append(sample.name)
    assert [(name, where) for (name, _), where in found.items() if len(where) > 1] == []
    assert sample_named(WHOLE).expected.same_as == {}


@pytest.mark.parametrize("name", ["right/residual-package", "buggy/structure/eleven-outputs"])
def test_a_sample_is_written_whole(name: str, tmp_path: Path) -> None:
    """A sample is written as it is graded. It has all three modules, and nothing of where they came from."""
    sample = sample_named(name)
    where = write(sample, tmp_path)
    files = {path.relative_to(where).as_posix(): path.read_bytes() for path in where.rglob("*") if path.is_file()}
    assert files == dict(submission_of(sample).files)
    assert {"net.py", "objective.py", "training.py"} <= files.keys()
    assert b"same_as" not in files[EXPECTATION]
    for file, other in sample.expected.same_as.items():
        assert files[file] == (FOLDER / other / file).read_bytes()


def test_whoever_takes_a_file_takes_it_from_where_it_lies() -> None:
    """A shared file lies in the sample that is named. That one does not take it from another."""
    for sample in samples():
        for name, other in sample.expected.same_as.items():
            assert (FOLDER / other / name).is_file(), (sample.name, name)
            assert not (sample.path / name).exists(), (sample.name, name)
