"""A submission becomes a job. Tests hold what is run, what each phase may see, and what the sources carry."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.answers import facts_for
from grader.assignment import load_assignment
from grader.categories import CATEGORIES
from grader.datasets.base import Dataset
from grader.inputs import JobInputs
from grader.judge.collect import collect
from grader.judge.collect import tests_for as ids_for  # pytest would collect `tests_for` as a test
from grader.judge.facts import Facts
from grader.keys import job_key
from grader.metrics import metrics_of
from grader.model import Execution, Identity, Job, JobPhase, Outcome, Submission
from grader.plan import asked, data_seed, phases_for, resource_limits
from grader.protocol.codec import encode
from grader.protocol.limits import Limits
from grader.protocol.observations import Load, Predictions
from grader.protocol.probes import PHASES, PROBES
from grader.questions import count_parts

SECONDS = {"probe_seconds": 1.0, "train_seconds": 2.0, "predict_seconds": 3.0}


def files(**sources: str) -> Submission:
    """Make a submission of these modules."""
    return Submission(Identity("s"), {f"{name}.py": source.encode() for name, source in sources.items()}, Path("s"))


def dataset() -> Dataset:
    """Make grey images. A training image has the grey level of its digit, a test image that plus 100."""
    labels = (np.arange(200) % 10).astype(np.uint8)
    images = np.broadcast_to(labels[:, None, None], (200, 28, 28)).astype(np.uint8)
    return Dataset("digits", images, labels, (images + 100)[:50], labels[:50].copy(), "made")


def job(**changes: object) -> Job:
    """Make a job with other names for the digits. It adds no noise."""
    plain = Job(files(net="x = 1\n").files, (), Limits(), "digits", 0, 1, "cpu", 1, True, 0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def queries(a_job: Job) -> np.ndarray:
    """Return all that a job asks, in order of its parts."""
    parts = range(count_parts(50, a_job.queries_at_once, twice=bool(a_job.turn_degrees)))
    return np.concatenate([inputs(a_job).arrays("predict", part)["queries"] for part in parts])


def inputs(a_job: Job) -> JobInputs:
    """Return the inputs of a job on the grey images."""
    return JobInputs(dataset().unanswered, a_job)


def facts(a_job: Job) -> Facts:
    """Return what the trusted side knows of a job."""
    return facts_for(load_assignment(), dataset(), a_job)


def test_accuracy_is_never_judged_without_integrity() -> None:
    """Accuracy is never judged without integrity. Other categories come alone, and always in the judging order."""
    tests = collect()
    assert {test.partition("/")[0] for test in ids_for(["accuracy"], tests)} == {"accuracy", "integrity"}
    assert {test.partition("/")[0] for test in ids_for(["dropout"], tests)} == {"dropout"}
    assert ids_for(CATEGORIES, tests) == list(tests)
    assert ids_for(["objective", "structure"], tests) == ids_for(["structure", "objective"], tests)


def test_all_categories_run_every_probe_once() -> None:
    """All categories together run every probe once. Each has the phase, order and time of the table."""
    plans = phases_for(list(collect()), collect(), SECONDS)
    assert [probe for phase in plans for probe in phase.probes] == list(PROBES)
    assert {probe: phase.name for phase in plans for probe in phase.probes} == {n: k.phase for n, k in PROBES.items()}
    assert {phase.name: phase.wall_seconds for phase in plans} == {
        name: SECONDS[kind.limit] for name, kind in PHASES.items()
    }


def test_a_part_is_not_trained_for() -> None:
    """Structure alone needs neither a training nor queries."""
    plans = phases_for(ids_for(["structure"], collect()), collect(), SECONDS)
    assert {phase.name for phase in plans} == {"structure"}


def test_each_phase_sees_what_it_needs_and_no_more() -> None:
    """Each phase sees what it needs and no more.

    Training phases see the training set, scoring ones the queries, none the labels of queries.
    """
    seen = {phase: set(inputs(job()).arrays(phase)) for phase in PHASES}
    sample = {"sample_images", "sample_labels"}
    training, scoring = sample | {"train_images", "train_labels"}, sample | {"queries"}
    assert seen == {
        "structure": sample,
        "objective": sample,
        "training": sample,
        "train": training,
        "few-shot": training,
        "predict": scoring,
        "predict-untrained": scoring,
        "predict-scrambled": scoring,
        "predict-few-shot": scoring,
    }


def test_a_few_shots_look_like_the_training_set() -> None:
    """The few-shot set looks like the training set.

    It has as many images, of two images of each digit, each with noise of its own.
    """
    few, whole = inputs(job()).arrays("few-shot"), inputs(job()).arrays("train")
    assert {name: (a.shape, a.dtype) for name, a in few.items()} == {n: (a.shape, a.dtype) for n, a in whole.items()}
    names = np.array(facts(job()).names)
    digits = np.argsort(names)[few["train_labels"]]
    assert sorted(np.unique(digits)) == list(range(10))
    assert np.abs(few["train_images"].astype(int) - digits[:, None, None]).max() == 1
    assert len(np.unique(few["train_images"], axis=0)) > 100


def test_the_order_of_phases_tells_nothing() -> None:
    """The order of phases does not tell which is graded. It differs by secret; a network still comes before its use."""
    phases = phases_for(list(collect()), collect(), SECONDS)
    orders = {secret: asked(phases, 3, secret) for secret in range(20)}
    assert orders[7] == asked(phases, 3, 7)
    for order in orders.values():
        names = [phase.name for phase in order]
        assert sorted(phase.part for phase in order if phase.name == "predict") == [0, 1, 2]  # type: ignore[type-var]
        assert all(phase.part == 0 for phase in order if phase.name.startswith("predict-"))
        assert names[:3] == ["structure", "objective", "training"]
        assert {*names[3:5]} == {"train", "few-shot"}
    assert {order[3].name for order in orders.values()} == {"train", "few-shot"}
    assert {order[5].name for order in orders.values()} == {name for name in PHASES if name.startswith("predict")}


def test_labels_go_by_the_names_of_the_job() -> None:
    """Labels go by the job's names for the digits.

    So do those of the sample and the answers, beside the right images.
    """
    known = facts(job())
    names = np.array(known.names)
    assert sorted(names) == list(range(10))
    assert not np.any(names == np.arange(10))
    arrays = inputs(job()).arrays("train")
    for part in ("sample", "train"):
        digits = arrays[f"{part}_images"][:, 0, 0]
        assert np.array_equal(arrays[f"{part}_labels"], names[digits])
    assert np.array_equal(known.answers, names[known.public_answers])


def test_queries_are_shuffled_and_the_answers_go_with_them() -> None:
    """Queries are shuffled, and their answers with them. Every test image occurs once."""
    known = facts(job())
    assert np.array_equal(queries(job())[:, 0, 0] - 100, known.public_answers)
    assert not np.array_equal(known.public_answers, dataset().test_labels)
    assert sorted(known.public_answers) == sorted(dataset().test_labels)


def test_each_image_is_asked_about_once_more_where_it_is_moved() -> None:
    """Each image is asked about once more, moved. The answer is the same; the grade is of the images as they are."""
    a_job = job(turn_degrees=4.0)
    known, asked_for = facts(a_job), queries(a_job)
    assert (len(asked_for), known.graded.sum(), known.moved.sum()) == (100, 50, 50)
    assert sorted(known.public_answers[known.moved]) == sorted(known.public_answers[known.graded])
    assert np.array_equal(asked_for[:, 14, 14] - 100, known.public_answers)  # the middle stays grey
    assert (asked_for[known.moved] == 0).any()  # turning an image brings black corners
    assert not (asked_for[known.graded] == 0).any()


def test_noise_keeps_to_its_bound() -> None:
    """Noise keeps to its bound. Most images are then not the published ones byte for byte."""
    a_job = job(noise=1)
    moved = queries(a_job).astype(int) - (facts(a_job).public_answers + 100)[:, None, None]
    assert set(np.unique(moved)) == {-1, 0, 1}


@pytest.mark.parametrize("phase", PHASES)
def test_a_job_built_again_sees_the_same(phase: str) -> None:
    """A job built again sees the same images.

    That holds in any order of phases and after pickling; no answer is pickled.
    """
    first, second = inputs(job(noise=1)), inputs(job(noise=1))
    for other in reversed(PHASES):
        second.arrays(other)
    travelled = pickle.loads(pickle.dumps(second))
    secret = np.array([7, 1, 8, 2, 8, 1, 8, 2, 8, 4] * 5, np.uint8)
    unanswered = replace(dataset(), test_labels=secret).unanswered
    assert secret.tobytes() not in pickle.dumps(JobInputs(unanswered, job()))
    for again in (second.arrays(phase), travelled.arrays(phase)):
        assert {name: array.tobytes() for name, array in first.arrays(phase).items()} == {
            name: array.tobytes() for name, array in again.items()
        }


def test_data_is_the_run_s_the_submission_s_and_the_installation_s() -> None:
    """Data depend on run, submission and installation. Any other of the three gives other data."""
    one, other = files(net="x = 1\n"), files(net="x = 2\n")
    assert data_seed(one, 0, b"k") == data_seed(one, 0, b"k")
    assert (
        len({data_seed(one, 0, b"k"), data_seed(other, 0, b"k"), data_seed(one, 1, b"k"), data_seed(one, 0, b"l")}) == 4
    )


def test_relabelling_can_be_switched_off() -> None:
    """Without relabelling every digit keeps its name."""
    plain = facts(job(relabel=False))
    assert plain.names == list(range(10))
    assert not plain.relabelled
    assert np.array_equal(plain.answers, plain.public_answers)


def test_the_table_of_answers_is_of_true_digits() -> None:
    """The table of confusions is of true digits. The job's names don't matter."""
    known = facts(job())
    scores = np.zeros((50, 10), np.float32)
    scores[np.arange(50), known.answers] = 1
    scores[0] = np.eye(10)[known.names[3]]  # the first image is taken for a three
    seen = Execution({"predictions": Outcome("ok", encode(Predictions(scores)))})
    metrics = metrics_of(seen, known)
    mistaken = known.public_answers[0] != 3
    assert (metrics.correct, metrics.test_size) == (50 - mistaken, 50)
    assert metrics.confusion[known.public_answers[0]][3] >= 1
    assert sum(metrics.confusion[digit][digit] for digit in range(10)) == metrics.correct


def test_a_training_that_was_ended_has_the_epochs_it_was_told() -> None:
    """On the digits `N_EPOCHS` is taken several times: the number is that of the message, ended or not."""
    loaded = Outcome("ok", encode(Load([], 16, "16", 5, "5")))
    ended = Outcome("timeout", data={"limit_seconds": 20, "epoch": 3, "n_epochs": 20})
    metrics = metrics_of(Execution({"load": loaded, "training": ended}), facts(job()))
    assert metrics.epochs == 20
    assert metrics_of(Execution({"load": loaded}), facts(job())).epochs == 5


CHANGES = [
    {"files": {"net.py": b"x = 2\n"}},
    {"phases": (JobPhase("structure", ("load",), 1.0),)},
    {"limits": Limits(processes=17)},
    {"dataset": "mnist"},
    {"seed": 1},
    {"data_seed": 2},
    {"device": "cuda"},
    {"relabel": False},
    {"noise": 1},
    {"turn_degrees": 1.0},
    {"stretch": 0.1},
    {"shift_pixels": 0.5},
    {"queries_at_once": 10},
    {"epochs_factor": 2},
    {"redraw_weights": False},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_whatever_decides_an_observation_is_in_its_key(change: dict[str, object]) -> None:
    """Whatever decides an observation is in its key. Fields that only say how fast a job is executed are not."""
    assert {name for change in CHANGES for name in change} == vars(job()).keys() - {"time_factor", "threads"}
    key = job_key(job(), dataset="d", sandbox="bwrap")
    assert job_key(job(**change), dataset="d", sandbox="bwrap") != key


def test_a_key_is_of_nothing_else() -> None:
    """A key depends on nothing else. Another data set or sandbox gives another key."""
    key = job_key(job(), dataset="d", sandbox="bwrap")
    assert job_key(job(time_factor=3.0, threads=8), dataset="d", sandbox="bwrap") == key
    assert job_key(job(), dataset="e", sandbox="bwrap") != key
    assert job_key(job(), dataset="d", sandbox="landlock") != key
    part = replace(
        dataset(), test_images=dataset().test_images[:40].copy(), test_labels=dataset().test_labels[:40].copy()
    )
    assert part.digest != dataset().digest
    assert dataset().digest == dataset().digest


def test_limits_are_counted_in_bytes() -> None:
    """Limits are counted in bytes. The assignment states mebibytes and kibibytes."""
    limits = resource_limits(load_assignment())
    assert limits == Limits(
        memory_bytes=4096 << 20,
        processes=96,
        scratch_bytes=512 << 20,
        file_bytes=512 << 20,
        open_files=1024,
        output_bytes=64 << 10,
        network_bytes=40_000_000 + (24 << 20),
    )


def test_facts_are_those_of_the_job() -> None:
    """The facts belong to the job. They are the bars of its data set, its answers, and what its sources carry."""
    known = facts(job())
    assert known.bars == load_assignment().bars_for("digits").bars
    assert known.relabelled
    assert 0 < known.carried.bytes < known.notable_carried_bytes < known.max_carried_bytes
