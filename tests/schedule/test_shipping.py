"""Tasks arrive whole on other machines. The data set is sent apart, and no answer with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from grader.categories import CATEGORIES
from grader.datasets.base import Dataset
from grader.inputs import JobInputs
from grader.schedule.base import Task
from grader.schedule.shipping import LARGE_BYTES, pack, place_of, unpack
from grader.work import Work, planned, task_for
from tests.testing.jobs import NoisyInputs, job, submission
from tests.testing.runs import HONEST, assignment, setup_of


def dataset() -> Dataset:
    """Make digits whose test labels are recognized by their bytes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    return Dataset(
        name="digits",
        train_images=images[:200].copy(),
        train_labels=rng.integers(0, 10, 200, dtype=np.uint8),
        test_images=images[200:].copy(),
        test_labels=rng.integers(0, 10, 100, dtype=np.uint8),
        source="chance",
    )


def tasks(data: Dataset, *names: str) -> list[Task]:
    """Make a task of each name as the pipeline does. It has all of its phases."""
    setup = replace(setup_of(assignment(), categories=CATEGORIES), dataset=data)
    works = [Work(replace(HONEST, identity=replace(HONEST.identity, name=name))) for name in names]
    return [task_for(planned(work, setup), setup) for work in works]


def test_a_task_arrives_as_it_was_sent() -> None:
    """A task arrives as it was sent. Its job is the same, and each phase sees the same arrays."""
    (task,) = tasks(dataset(), "anna")
    arrived = unpack(*pack(task))
    assert (arrived.name, arrived.job) == (task.name, task.job)
    for phase in task.job.phases:
        sent, got = (one.inputs.arrays(phase.name, phase.part or 0) for one in (task, arrived))
        assert sent.keys() == got.keys()
        assert all(np.array_equal(sent[name], got[name]) for name in sent)


def test_what_tasks_share_is_the_same_array() -> None:
    """Tasks of a run share their large arrays. So these are sent once; the rest is small."""
    packed = [pack(task) for task in tasks(dataset(), "anna", "boris")]
    places = [[place_of(array) for array in large] for _, large in packed]
    assert places[0] == places[1]
    assert len(places[0]) == 2  # images to train on and to test with
    assert all(len(one.payload) + sum(len(small or b"") for small in one.small) < LARGE_BYTES for one, _ in packed)


def test_arrays_that_differ_are_sent_apart() -> None:
    """Arrays of another data set are sent apart."""
    (one,), (two,) = tasks(dataset(), "anna"), tasks(dataset(), "anna")
    _, first = pack(one)
    _, second = pack(two)
    assert not {place_of(array) for array in first} & {place_of(array) for array in second}


def everything_in(value: Any, seen: set[int]) -> list[Any]:
    """Return `value` and all that it refers to. Attributes and the content of containers count."""
    if id(value) in seen:
        return []
    seen.add(id(value))
    inside = list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list | tuple) else []
    inside += list(getattr(value, "__dict__", {}).values())
    return [value, *(found for one in inside for found in everything_in(one, seen))]


def test_no_label_of_the_test_set_leaves() -> None:
    """No label of the test set leaves the driver. It is neither in the bytes nor in anything that arrives."""
    data = dataset()
    labels = data.test_labels.tobytes()
    (task,) = tasks(data, "anna")
    packed, large = pack(task)
    sent = b"\0".join([packed.payload, *(small or b"" for small in packed.small), *(one.tobytes() for one in large)])
    assert data.train_labels.tobytes() in sent  # the search finds what is there
    assert labels not in sent
    arrived = everything_in(unpack(packed, large), set())
    arrays = [one for one in arrived if isinstance(one, np.ndarray)]
    assert len(arrays) >= 3
    assert [one for one in arrays if one.size == data.test_labels.size] == []
    assert [one for one in arrived if isinstance(one, Dataset)] == []
    assert "test_labels" not in {name for one in arrived for name in getattr(one, "__dict__", {})}


def test_the_secret_of_the_installation_stays() -> None:
    """The installation's secret stays on the driver.

    A job has numbers drawn from it, and nothing to draw others from.
    """
    secret = b"known to the driver alone"
    setup = replace(setup_of(assignment()), dataset=dataset(), secret=secret)
    packed, _ = pack(task_for(planned(Work(HONEST), setup), setup))
    assert secret not in packed.payload


def test_inputs_are_made_where_they_are_needed() -> None:
    """Arrays are drawn where a task runs. Those drawn on the driver are not sent."""
    (task,) = tasks(dataset(), "anna")
    assert isinstance(task.inputs, JobInputs)
    before = len(pack(task)[0].payload)
    task.inputs.arrays("train")
    assert len(pack(task)[0].payload) == before


def test_a_task_without_arrays_travels_alone() -> None:
    """A task without arrays is sent alone."""
    task = Task("tiny", job(submission()), NoisyInputs())
    packed, large = pack(task)
    assert (packed.small, large) == ((), [])
    assert unpack(packed, large).job == task.job
