"""Input data of a job's phases. They are made from the job alone: the same wherever and how often they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from grader.datasets.base import N_CLASSES, Bytes, Unanswered
from grader.datasets.honest import Motion, Relabelling, draw_relabelling, draw_shots, noisy
from grader.model import Job
from grader.protocol.probes import PHASES
from grader.questions import Questions, draw_questions

Array = np.ndarray[Any, Any]
SAMPLES = 64
SHOTS = 2
"""Images of each digit for the short training. The short training shows whether a network knew the digits before."""


def motion_of(job: Job) -> Motion:
    """Return how far a job moves images. Moved images are those that it asks about once more."""
    return Motion(job.turn_degrees, job.stretch, job.shift_pixels)


def draw_names_and_questions(job: Job, n_images: int, rng: np.random.Generator) -> tuple[Relabelling, Questions]:
    """Draw the digits' names and the questions of a job. Nothing else may be drawn from `rng` before.

    Args:
        job: says whether the digits have other names, and whether images are moved.
        n_images: in the test set.
        rng: fresh from the job's `data_seed`.
    """
    names = draw_relabelling(rng) if job.relabel else Relabelling(tuple(range(N_CLASSES)))
    return names, draw_questions(n_images, rng, at_once=job.queries_at_once, twice=not motion_of(job).none)


class _Drawn:
    """All random choices of a job. Each part is drawn when it is first wanted, whatever was wanted before.

    Most phases need little of it, and to move ten thousand images takes seconds.
    """

    def __init__(self, dataset: Unanswered, job: Job) -> None:
        self._dataset, self._job = dataset, job
        rng = np.random.default_rng(job.data_seed)
        self.names, self._questions = draw_names_and_questions(job, len(dataset.test_images), rng)
        self.sample: Array = np.random.default_rng(job.seed).permutation(len(dataset.train_labels))[:SAMPLES]

    def _rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng((self._job.data_seed, purpose))

    @cached_property
    def queries(self) -> tuple[Bytes, ...]:
        """The images that are asked about, by their parts."""
        questions, rng = self._questions, self._rng(1)
        asked = noisy(self._dataset.test_images[questions.index], rng, noise=self._job.noise)
        if questions.moved.any():
            asked[questions.moved] = motion_of(self._job).apply(asked[questions.moved], rng)
        return tuple(asked[part] for part in questions.parts)

    @cached_property
    def few_shots(self) -> tuple[Bytes, Bytes]:
        """A few training images with labels.

        The images are each time a little different; the labels are under the names of the data set.
        """
        rng = self._rng(2)
        shots = draw_shots(self._dataset.train_labels, rng, SHOTS)
        return noisy(self._dataset.train_images[shots], rng, noise=1), self._dataset.train_labels[shots]


class JobInputs:
    """The arrays of one job. Labels are under the job's names, queries shuffled and with noise.

    It can be sent to another machine, and makes the arrays there: it holds no label of the test set.

    Args:
        dataset: what the arrays are made of.
        job: decides all that is drawn.
    """

    def __init__(self, dataset: Unanswered, job: Job) -> None:
        self._dataset, self._job = dataset, job
        self._drawn: _Drawn | None = None

    def __getstate__(self) -> tuple[Unanswered, Job]:
        """Return what is sent to another machine. The rest can be made again."""
        return self._dataset, self._job

    def __setstate__(self, state: tuple[Unanswered, Job]) -> None:
        """Begin with nothing drawn."""
        self._dataset, self._job = state
        self._drawn = None

    def arrays(self, phase: str, part: int = 0) -> Mapping[str, Array]:
        """Return the arrays that `phase` may see.

        Its line in `PHASES` names them; of the queries it sees one part. Their labels are nowhere.
        """
        if self._drawn is None:
            self._drawn = _Drawn(self._dataset, self._job)
        seen: dict[str, Array] = {}
        for data in PHASES[phase].sees:
            seen |= _SOURCES[data](self._dataset, self._drawn, part)
        return seen


def _samples(dataset: Unanswered, drawn: _Drawn, part: int) -> dict[str, Array]:  # noqa: ARG001 - all take the same
    labels = drawn.names.apply(dataset.train_labels[drawn.sample])
    return {"sample_images": dataset.train_images[drawn.sample], "sample_labels": labels}


def _training_set(dataset: Unanswered, drawn: _Drawn, part: int) -> dict[str, Array]:  # noqa: ARG001 - as above
    return {"train_images": dataset.train_images, "train_labels": drawn.names.apply(dataset.train_labels)}


def _few_shots(dataset: Unanswered, drawn: _Drawn, part: int) -> dict[str, Array]:  # noqa: ARG001 - as above
    images, labels = drawn.few_shots
    return {"train_images": images, "train_labels": drawn.names.apply(labels)}


def _queries(dataset: Unanswered, drawn: _Drawn, part: int) -> dict[str, Array]:  # noqa: ARG001 - as above
    return {"queries": drawn.queries[part]}


_SOURCES: Mapping[str, Callable[[Unanswered, _Drawn, int], dict[str, Array]]] = {
    "samples": _samples,
    "training-set": _training_set,
    "few-shots": _few_shots,
    "queries": _queries,
}
"""Functions that make each kind of data. `PHASES` names the kinds."""
