"""From a submission to a job: what is run, what each phase may see, and what the sources carry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.assignment import load_assignment
from grader.datasets import Dataset
from grader.judge.collect import collect
from grader.model import CATEGORIES, Job, Submission
from grader.plan import JobData, facts_for, generator_for, literal_bytes, phases_for, relabelling, resource_limits
from grader.plan import tests_for as ids_for  # by its own name it would be taken for a test
from grader.protocol.limits import Limits
from grader.protocol.probes import PROBES

WALL = {"probes": 1.0, "train": 2.0, "predict": 3.0}
NAMES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)
"""Digit `d` is called `d + 1`."""


def files(**sources: str) -> Submission:
    """A submission of these modules."""
    return Submission("s", {f"{name}.py": source.encode() for name, source in sources.items()}, Path("s"))


def dataset() -> Dataset:
    """Grey images: a training image has the grey level of its digit, a test image that of its digit plus 100."""
    labels = (np.arange(200) % 10).astype(np.uint8)
    images = np.broadcast_to(labels[:, None, None], (200, 28, 28)).astype(np.uint8)
    return Dataset("digits", images, labels, (images + 100)[:50], labels[:50].copy(), "made")


def job(**changes: object) -> Job:
    """A job under the names above, without noise."""
    plain = Job(files(net="x = 1\n"), (), Limits(), "digits", 0, "cpu", 1, NAMES, 0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_accuracy_is_never_judged_without_integrity() -> None:
    """Whoever asks for accuracy gets both; other categories come alone; the order is the judging order."""
    tests = collect()
    assert {test.partition("/")[0] for test in ids_for(["accuracy"], tests)} == {"accuracy", "integrity"}
    assert {test.partition("/")[0] for test in ids_for(["dropout"], tests)} == {"dropout"}
    assert ids_for(CATEGORIES, tests) == list(tests)
    assert ids_for(["objective", "structure"], tests) == ids_for(["structure", "objective"], tests)


def test_all_categories_run_every_probe_once() -> None:
    """In the phase the table names, in its order, with the time of that phase."""
    plans = phases_for(list(collect()), collect(), WALL)
    assert [probe for phase in plans for probe in phase.probes] == list(PROBES)
    assert {probe: phase.name for phase in plans for probe in phase.probes} == {n: k.phase for n, k in PROBES.items()}
    assert {phase.name: phase.wall_seconds for phase in plans} == {
        phase.name: WALL.get(phase.name, 1.0) for phase in plans
    }


def test_a_part_is_not_trained_for() -> None:
    """Structure alone takes neither a training nor the queries."""
    plans = phases_for(ids_for(["structure"], collect()), collect(), WALL)
    assert {phase.name for phase in plans} == {"structure"}


def test_each_phase_sees_what_it_needs_and_no_more() -> None:
    """The training set where there is training, queries where they are scored, labels of queries nowhere."""
    data = JobData(dataset(), job(), np.random.default_rng(0))
    seen = {phase: set(data.arrays(phase)) for phase in dict.fromkeys(kind.phase for kind in PROBES.values())}
    sample = {"sample_images", "sample_labels"}
    assert seen == {
        "structure": sample,
        "objective": sample,
        "training": sample,
        "untrained": sample | {"queries"},
        "few-shot": sample | {"queries", "train_images", "train_labels"},
        "train": sample | {"train_images", "train_labels"},
        "predict": sample | {"queries", "shifted"},
    }


def test_labels_go_by_the_names_of_the_job() -> None:
    """In the sample as in the training set, beside the right images; and answers are turned back into digits."""
    data = JobData(dataset(), job(), np.random.default_rng(0))
    arrays = data.arrays("train")
    for part in ("sample", "train"):
        digits = arrays[f"{part}_images"][:, 0, 0]
        assert np.array_equal(arrays[f"{part}_labels"], (digits + 1) % 10)
    assert np.array_equal(data.true_digits(data.answers), data.public_answers)


def test_queries_are_shuffled_and_the_key_goes_with_them() -> None:
    """Every test image once, in an order of the job's own; the answers are those of the shuffled images."""
    data = JobData(dataset(), job(), np.random.default_rng(0))
    queries = data.arrays("predict")["queries"]
    assert np.array_equal(queries[:, 0, 0] - 100, data.public_answers)
    assert np.array_equal(data.answers, (data.public_answers + 1) % 10)
    assert not np.array_equal(data.public_answers, dataset().test_labels)
    assert sorted(data.public_answers) == sorted(dataset().test_labels)


def test_noise_keeps_to_its_bound() -> None:
    """No pixel moves by more, and most images are not the published ones byte for byte."""
    data = JobData(dataset(), job(noise=1), np.random.default_rng(0))
    queries = data.arrays("predict")["queries"].astype(int)
    moved = queries - (data.public_answers + 100)[:, None, None]
    assert set(np.unique(moved)) == {-1, 0, 1}


def test_random_numbers_are_the_run_s_the_submission_s_and_the_installation_s() -> None:
    """The same three give the same numbers, any other gives others."""
    one, other = files(net="x = 1\n"), files(net="x = 2\n")

    def draw(submission: Submission, seed: int, key: bytes) -> int:
        return int(generator_for(submission, seed, key).integers(2**62))

    assert draw(one, 0, b"k") == draw(one, 0, b"k")
    assert len({draw(one, 0, b"k"), draw(other, 0, b"k"), draw(one, 1, b"k"), draw(one, 0, b"l")}) == 4


def test_relabelling_can_be_switched_off() -> None:
    """Then every digit keeps its name."""
    assignment = load_assignment()
    rng = np.random.default_rng(0)
    assert [name for digit, name in enumerate(relabelling(assignment, rng)) if name == digit] == []
    plain = msgspec.structs.replace(assignment.integrity, relabel=False)
    assert relabelling(msgspec.structs.replace(assignment, integrity=plain), rng) == tuple(range(10))


def test_limits_are_counted_in_bytes() -> None:
    """Mebibytes and kibibytes of the assignment."""
    limits = resource_limits(load_assignment())
    assert limits == Limits(
        memory_bytes=4096 << 20,
        processes=96,
        scratch_bytes=512 << 20,
        file_bytes=512 << 20,
        open_files=1024,
        output_bytes=64 << 10,
    )


def test_facts_are_those_of_the_job() -> None:
    """The bars of its data set, its answers, what its sources hold."""
    assignment = load_assignment()
    a_job = job()
    facts = facts_for(assignment, a_job, JobData(dataset(), a_job, np.random.default_rng(0)))
    assert facts.bars == assignment.bars_for("digits").bars
    assert facts.relabelled
    assert facts.literal_bytes == 1
    assert not facts_for(
        assignment, job(relabelling=tuple(range(10))), JobData(dataset(), a_job, np.random.default_rng(0))
    ).relabelled


PROGRAM = '''"""A module with a docstring of its own that says what it is for."""
import torch
class Net:
    """A class that is documented."""
    def forward(self, x):  # and has a comment
        """So is its method."""
        return x * 3 + len("abc")
'''


def test_a_program_carries_few_literals() -> None:
    """Numbers and strings are counted, ordinary docstrings, comments and code are not."""
    quotes = 3 * 6  # of the docstrings, whose text is left out
    assert literal_bytes(files(net=PROGRAM)) == len("3") + len('"abc"') + quotes
    long = files(net="DATA = " + repr("x" * 50_000))
    assert literal_bytes(long) > 50_000
    numbers = files(net=f"DATA = {list(range(20_000))}\n")
    assert literal_bytes(numbers) > 80_000


def test_files_that_are_no_python_count_whole() -> None:
    """So does what cannot be read as Python."""
    data = Submission("s", {"weights.npz": b"x" * 1000, "net.py": b"x = 1\n"}, Path("s"))
    assert literal_bytes(data) == 1001
    assert literal_bytes(files(net="def (" + "x" * 1000)) == 1005


@pytest.mark.parametrize(
    "source",
    [
        '"""' + "x" * 100_000 + '"""\nimport sys\nDATA = sys.modules[__name__].__doc__\n',
        "# " + "x" * 100_000 + "\nDATA = open(__file__).read()\n",
        f"class {'x' * 100_000}: ...\n",
        "DATA = f'{1}" + "x" * 100_000 + "'\n",
        "DATA = b'" + "x" * 100_000 + "'\n",
    ],
    ids=["docstring", "comment", "name", "f-string", "bytes"],
)
def test_data_counts_wherever_it_hides(source: str) -> None:
    """A docstring, a comment or a name of a hundred kilobytes is no documentation."""
    limit = load_assignment().integrity.max_literal_bytes
    found = literal_bytes(files(net=source))
    assert found > limit
