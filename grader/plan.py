"""Plans what to run: setup × submission × seed → `Job`, and nothing else decides. All chance is in the job."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from grader.assignment import Assignment
from grader.judge.collect import HiddenTest, probes_for, with_prerequisites
from grader.model import Job, JobPhase, Submission
from grader.protocol.limits import Limits
from grader.protocol.probes import PHASES, PROBES
from grader.setup import Setup

_KIBIBYTE, _MEBIBYTE = 1024, 1024 * 1024


def phases_for(
    chosen: Sequence[str], tests: dict[str, HiddenTest], seconds: Mapping[str, float]
) -> tuple[JobPhase, ...]:
    """The phases that bring all that `chosen` and what they come after need.

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


def data_seed(submission: Submission, seed: int, secret: bytes) -> int:
    """A number that is the same each time this submission is graded here, and that it cannot foresee.

    Args:
        submission: its digest is part of the number, so that no two submissions share a relabelling.
        seed: the run's.
        secret: known to this installation alone.
    """
    digest = hmac.new(secret, f"{seed}:{submission.digest}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16], "big")


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


def plan(setup: Setup, submission: Submission, seed: int) -> Job:
    """The job of one submission under one seed."""
    return Job(
        files=submission.files,
        phases=phases_for(setup.chosen, setup.tests, setup.seconds),
        limits=resource_limits(setup.assignment),
        dataset=setup.dataset.name,
        seed=seed,
        data_seed=data_seed(submission, seed, setup.secret),
        device=setup.settings.device,
        threads=setup.settings.threads,
        relabel=setup.assignment.integrity.relabel,
        noise=setup.assignment.integrity.noise,
        epochs_factor=setup.bars.epochs_factor,
        redraw_weights=setup.assignment.integrity.redraw_weights,
        time_factor=setup.time_factor,
    )
