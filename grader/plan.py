"""Turns a submission into a `Job`: which probes, under which limits, with which relabelling, on which data."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.assignment import Assignment
from grader.datasets import Dataset
from grader.datasets.honest import Relabelling, draw_relabelling, draw_shots, query_set, shifted
from grader.judge.collect import HiddenTest, probes_for, with_prerequisites
from grader.judge.facts import Facts
from grader.judge.rules import Rules
from grader.model import Job, PhasePlan, Submission
from grader.protocol.limits import Limits
from grader.protocol.probes import PROBES
from grader.source.bounded import TooComplex, count_literals

Array = np.ndarray[Any, Any]
SAMPLES = 64
SOME_QUERIES = 2000
"""How many are scored where accuracy is a check of honesty and no grade."""
SHOTS = 2
"""Images of each digit that a network is trained on to see whether it knew the digits before."""
_KIBIBYTE, _MEBIBYTE = 1024, 1024 * 1024
_DOCUMENTATION_BYTES = 32 * _KIBIBYTE


def tests_for(categories: Sequence[str], tests: Mapping[str, HiddenTest]) -> list[str]:
    """The ids of the tests of `categories`, in judging order. Accuracy is never judged without integrity."""
    wanted = {*categories, "integrity"} if "accuracy" in categories else set(categories)
    return [test for test in tests if test.partition("/")[0] in wanted]


def phases_for(
    chosen: Sequence[str], tests: dict[str, HiddenTest], wall_seconds: Mapping[str, float]
) -> tuple[PhasePlan, ...]:
    """The phases that bring all that `chosen` and what they come after need.

    Args:
        chosen: ids of tests.
        tests: all hidden tests.
        wall_seconds: by phase, and under "probes" for every phase that is not listed.
    """
    probes = probes_for(with_prerequisites(chosen, tests), tests)
    phases = dict.fromkeys(PROBES[probe].phase for probe in probes)
    return tuple(
        PhasePlan(
            phase,
            tuple(probe for probe in probes if PROBES[probe].phase == phase),
            wall_seconds.get(phase, wall_seconds["probes"]),
        )
        for phase in phases
    )


def generator_for(submission: Submission, seed: int, key: bytes) -> np.random.Generator:
    """Random numbers that are the same each time this submission is graded here, and that it cannot foresee.

    Args:
        submission: its digest is part of the seed, so that no two submissions share a relabelling.
        seed: the run's.
        key: known to this installation alone.
    """
    digest = hmac.new(key, f"{seed}:{submission.digest}".encode(), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def resource_limits(assignment: Assignment) -> Limits:
    """The bounds of `assignment.toml` in bytes."""
    limits = assignment.limits
    scratch_bytes = limits.scratch_mb * _MEBIBYTE
    return Limits(
        memory_bytes=limits.memory_mb * _MEBIBYTE,
        processes=limits.processes,
        scratch_bytes=scratch_bytes,
        file_bytes=scratch_bytes,
        output_bytes=limits.output_kb * _KIBIBYTE,
    )


class JobData:
    """The arrays of one job: labels under the job's names, queries shuffled and with noise.

    Args:
        dataset: as loaded.
        job: whose relabelling and noise apply.
        rng: draws the order of the queries and the noise.
    """

    def __init__(self, dataset: Dataset, job: Job, rng: np.random.Generator) -> None:
        self._names = Relabelling(job.relabelling)
        self._dataset = dataset
        self._queries = query_set(dataset.test_images, rng, noise=job.noise)
        self._shifted = shifted(self._queries.images[:SOME_QUERIES], rng)
        self._shots = draw_shots(dataset.train_labels, rng, SHOTS)
        self._sample = np.random.default_rng(job.seed).permutation(len(dataset.train_labels))[:SAMPLES]

    def arrays(self, phase: str) -> Mapping[str, Array]:
        """What `phase` may see. Queries exist only where they are scored, labels of queries nowhere."""
        data = self._dataset
        seen: dict[str, Array] = {
            "sample_images": data.train_images[self._sample],
            "sample_labels": self._names.apply(data.train_labels[self._sample]),
        }
        if phase == "train":
            seen |= {"train_images": data.train_images, "train_labels": self._names.apply(data.train_labels)}
        elif phase == "untrained":
            seen["queries"] = self._queries.images[:SOME_QUERIES]
        elif phase == "few-shot":
            seen["queries"] = self._queries.images[:SOME_QUERIES]
            seen["train_images"] = data.train_images[self._shots]
            seen["train_labels"] = self._names.apply(data.train_labels[self._shots])
        elif phase == "predict":
            seen |= {"queries": self._queries.images, "shifted": self._shifted}
        return seen

    @property
    def public_answers(self) -> Array:
        """The right label of each query under its public name, int64 (N,)."""
        return self._dataset.test_labels[self._queries.order].astype(np.int64)

    @property
    def answers(self) -> Array:
        """The right label of each query under the job's names, int64 (N,)."""
        return self._names.apply(self._dataset.test_labels[self._queries.order]).astype(np.int64)

    def true_digits(self, labels: Array) -> Array:
        """Labels under the job's names turned back into digits."""
        return self._names.invert(labels)


def relabelling(assignment: Assignment, rng: np.random.Generator) -> tuple[int, ...]:
    """What each digit is called by in one job; the identity where `assignment.toml` says so."""
    return draw_relabelling(rng).names if assignment.integrity.relabel else tuple(range(10))


def literal_bytes(submission: Submission) -> int:
    """How much data the submission carries: literals of its sources and whole files of any other kind.

    Docstrings and comments are no data as long as they are no more than a program of this kind needs.
    """
    sources = [content for name, content in submission.files.items() if name.endswith(".py")]
    data = sum(len(content) for name, content in submission.files.items() if not name.endswith(".py"))
    try:
        counted = count_literals(sources)
    except TooComplex:  # as what cannot be read at all: it might be anything
        counted = [(len(source), 0) for source in sources]
    documentation = sum(texts for _, texts in counted)
    return data + sum(literals for literals, _ in counted) + max(0, documentation - _DOCUMENTATION_BYTES)


def rules_of(assignment: Assignment) -> Rules:
    """What the assignment says about the structure of a network."""
    structure = assignment.structure
    return Rules(structure.max_parameters, structure.min_hidden_layers, structure.forbid_convolutions)


def facts_for(assignment: Assignment, job: Job, data: JobData) -> Facts:
    """What the hidden tests may compare observations with."""
    bars = assignment.bars_for(job.dataset)
    return Facts(
        rules=rules_of(assignment),
        answers=data.answers,
        public_answers=data.public_answers,
        bars=list(bars.bars),
        relabelled=job.relabelling != tuple(range(10)),
        max_untrained_accuracy=assignment.integrity.max_untrained_accuracy,
        max_literal_bytes=assignment.integrity.max_literal_bytes,
        literal_bytes=literal_bytes(job.submission),
        max_few_shot_accuracy=assignment.integrity.max_few_shot_accuracy,
    )


def current_facts(facts: Facts, assignment: Assignment, dataset: str) -> Facts:
    """`facts` of an earlier run under the rules, bars and bounds that `assignment` states now."""
    return replace(
        facts,
        rules=rules_of(assignment),
        bars=list(assignment.bars_for(dataset).bars),
        max_untrained_accuracy=assignment.integrity.max_untrained_accuracy,
        max_literal_bytes=assignment.integrity.max_literal_bytes,
        max_few_shot_accuracy=assignment.integrity.max_few_shot_accuracy,
    )
