"""Plans what to run: setup × submission × seed → `Job`, and nothing else decides. All chance is in the job."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.assignment import Assignment
from grader.datasets.honest import Motion
from grader.judge.collect import HiddenTest, probes_for, with_prerequisites
from grader.model import Allowed, Job, JobPhase, Submission
from grader.protocol.limits import Limits
from grader.protocol.observations import MAX_NETWORK_BYTES
from grader.protocol.probes import GRADED_NETWORK, PHASES, PROBES
from grader.questions import count_parts
from grader.setup import Setup

_KIBIBYTE, _MEBIBYTE = 1024, 1024 * 1024
_BYTES_OF_A_PARAMETER = 4
_ROOM_FOR_BUFFERS = 24 * _MEBIBYTE
_ORDER = 1
"""Number that separates two random streams. One orders the phases, the inputs are drawn with the other."""


def phases_for(
    chosen: Sequence[str], tests: dict[str, HiddenTest], seconds: Mapping[str, float]
) -> tuple[JobPhase, ...]:
    """Return the phases that `chosen` tests need. Tests that they come after are included.

    Args:
        chosen: ids of tests.
        tests: all hidden tests.
        seconds: wall-clock limits by the names that `PHASES` has for them.
    """
    probes = probes_for(with_prerequisites(chosen, tests), tests)
    return tuple(
        JobPhase(
            phase,
            tuple(probe for probe in probes if PROBES[probe].phase == phase),
            seconds[PHASES[phase].limit],
        )
        for phase in dict.fromkeys(PROBES[probe].phase for probe in probes)
    )


def asked(phases: Sequence[JobPhase], parts: int, secret: int) -> tuple[JobPhase, ...]:
    """Split the predicting phases, and order all.

    There is one for each part of the queries, in an order that tells nothing of their purpose.

    A network other than the trained one is asked the first part alone. The runs of training change places by chance,
    and so do all that score: what is counted in order, process ids for instance, does not tell which run is graded.

    Args:
        phases: in the order of the table.
        parts: of the queries.
        secret: decides the order.
    """
    rng = np.random.default_rng([secret, _ORDER])
    training = [phase for phase in phases if PHASES[phase.name].limit == "train_seconds"]
    scoring = [
        replace(phase, part=part)
        for phase in phases
        if (network := PHASES[phase.name].network) is not None
        for part in range(parts if network == GRADED_NETWORK else 1)
    ]
    first = [phase for phase in phases if phase not in training and PHASES[phase.name].network is None]
    return (*first, *(group[i] for group in (training, scoring) for i in rng.permutation(len(group))))


def data_seed(submission: Submission, seed: int, secret: bytes) -> int:
    """Return a number that a submission cannot foresee. It is the same each time this submission is graded here.

    Args:
        submission: its digest is part of the number, so that no two submissions share a relabelling.
        seed: the run's.
        secret: known to this installation alone.
    """
    return seed_from(submission.digest, seed, secret)


def seed_from(submission_digest: str, seed: int, secret: bytes) -> int:
    """Return the number of `data_seed` for a digest. The digest is of a submission's files."""
    digest = hmac.new(secret, f"{seed}:{submission_digest}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16], "big")


def network_bytes(max_parameters: int) -> int:
    """Return the bound on a packed network.

    It is that of twice the float32 parameters that are allowed, and room for buffers.

    A network of too many parameters is told so by a test of its own; what is much larger is no matter of parameters.
    """
    return min(2 * _BYTES_OF_A_PARAMETER * max_parameters + _ROOM_FOR_BUFFERS, MAX_NETWORK_BYTES)


def resource_limits(assignment: Assignment) -> Limits:
    """Return the bounds of `assignment.toml` in bytes."""
    limits = assignment.limits
    scratch_bytes = limits.scratch_mb * _MEBIBYTE
    return Limits(
        memory_bytes=limits.memory_mb * _MEBIBYTE,
        processes=limits.processes,
        scratch_bytes=scratch_bytes,
        file_bytes=scratch_bytes,
        output_bytes=limits.output_kb * _KIBIBYTE,
        network_bytes=network_bytes(assignment.structure.max_parameters),
    )


def allowed_by(job: Job, assignment: Assignment) -> Allowed:
    """Return the limits of the graded training in `job`. They are as they were on the machine that executed it."""
    seconds = [phase.wall_seconds for phase in job.phases if phase.name == PROBES[GRADED_NETWORK[0]].phase]
    return Allowed(
        train_seconds=round(seconds[0] * job.time_factor, 1) if seconds else None,
        memory_mb=job.limits.memory_bytes / _MEBIBYTE,
        parameters=assignment.structure.max_parameters,
    )


def plan(setup: Setup, submission: Submission, seed: int) -> Job:
    """Plan the job of one submission under one seed."""
    integrity = setup.assignment.integrity
    secret = data_seed(submission, seed, setup.secret)
    motion = Motion(integrity.turn_degrees, integrity.stretch, integrity.shift_pixels)
    parts = count_parts(len(setup.dataset.test_images), integrity.queries_at_once, twice=not motion.none)
    return Job(
        files=submission.files,
        phases=asked(phases_for(setup.chosen, setup.tests, setup.seconds), parts, secret),
        limits=resource_limits(setup.assignment),
        dataset=setup.dataset.name,
        seed=seed,
        data_seed=secret,
        device=setup.settings.device,
        threads=setup.settings.threads,
        relabel=integrity.relabel,
        noise=integrity.noise,
        turn_degrees=integrity.turn_degrees,
        stretch=integrity.stretch,
        shift_pixels=integrity.shift_pixels,
        queries_at_once=integrity.queries_at_once,
        epochs_factor=setup.bars.epochs_factor,
        redraw_weights=integrity.redraw_weights,
        time_factor=setup.time_factor,
    )
