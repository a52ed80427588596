"""What the phases of a job get to see, made from the job alone: the same wherever and how often it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.datasets.base import N_CLASSES, Bytes, Unanswered
from grader.datasets.honest import Relabelling, draw_order, draw_relabelling, draw_shots, noisy, shifted
from grader.model import Job
from grader.protocol.probes import PHASES

Array = np.ndarray[Any, Any]
SAMPLES = 64
SOME_QUERIES = 2000
"""How many are scored where accuracy is a check of honesty and no grade."""
SHOTS = 2
"""Images of each digit that a network is trained on to see whether it knew the digits before."""


def draw_names_and_order(
    job: Job, n_queries: int, rng: np.random.Generator
) -> tuple[Relabelling, np.ndarray[Any, np.dtype[np.int64]]]:
    """What the digits are called in a job, and in which order its queries come: the first that `rng` is asked for.

    Args:
        job: says whether the digits have other names.
        n_queries: images of the test set.
        rng: fresh from the job's `data_seed`.
    """
    names = draw_relabelling(rng) if job.relabel else Relabelling(tuple(range(N_CLASSES)))
    return names, draw_order(n_queries, rng)


@dataclass(frozen=True)
class _Drawn:
    """All that chance decides in a job."""

    names: Relabelling
    queries: Bytes
    shifted: Bytes
    shots: Array
    sample: Array


def _draw(dataset: Unanswered, job: Job) -> _Drawn:
    rng = np.random.default_rng(job.data_seed)
    names, order = draw_names_and_order(job, len(dataset.test_images), rng)
    queries = noisy(dataset.test_images[order], rng, noise=job.noise)
    return _Drawn(
        names=names,
        queries=queries,
        shifted=shifted(queries[:SOME_QUERIES], rng),
        shots=draw_shots(dataset.train_labels, rng, SHOTS),
        sample=np.random.default_rng(job.seed).permutation(len(dataset.train_labels))[:SAMPLES],
    )


class JobInputs:
    """The arrays of one job: labels under the job's names, queries shuffled and with noise.

    It can be sent to another machine, and makes the arrays there: it holds no label of the test set.

    Args:
        dataset: what the arrays are made of.
        job: decides all that is drawn.
    """

    def __init__(self, dataset: Unanswered, job: Job) -> None:
        self._dataset, self._job = dataset, job
        self._drawn: _Drawn | None = None

    def __getstate__(self) -> tuple[Unanswered, Job]:
        """What is sent; the rest can be made again."""
        return self._dataset, self._job

    def __setstate__(self, state: tuple[Unanswered, Job]) -> None:
        """Begin with nothing drawn."""
        self._dataset, self._job = state
        self._drawn = None

    def arrays(self, phase: str) -> Mapping[str, Array]:
        """What `phase` may see, as its line in `PHASES` says. Labels of queries are nowhere."""
        if self._drawn is None:
            self._drawn = _draw(self._dataset, self._job)
        seen: dict[str, Array] = {}
        for data in PHASES[phase].sees:
            seen |= _SOURCES[data](self._dataset, self._drawn)
        return seen


def _train_part(dataset: Unanswered, drawn: _Drawn, indices: Array | slice, *, called: str) -> dict[str, Array]:
    return {
        f"{called}_images": dataset.train_images[indices],
        f"{called}_labels": drawn.names.apply(dataset.train_labels[indices]),
    }


_SOURCES: Mapping[str, Callable[[Unanswered, _Drawn], dict[str, Array]]] = {
    "samples": lambda dataset, drawn: _train_part(dataset, drawn, drawn.sample, called="sample"),
    "training-set": lambda dataset, drawn: _train_part(dataset, drawn, slice(None), called="train"),
    "few-shots": lambda dataset, drawn: _train_part(dataset, drawn, drawn.shots, called="train"),
    "queries": lambda dataset, drawn: {"queries": drawn.queries},
    "some-queries": lambda dataset, drawn: {"queries": drawn.queries[:SOME_QUERIES]},
    "shifted": lambda dataset, drawn: {"shifted": drawn.shifted},
}
"""How each kind of data that `PHASES` names is made."""
