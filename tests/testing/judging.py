"""Facts and outcomes of probes, for tests of judging."""

from __future__ import annotations

import functools

import numpy as np

from grader.judge.exchange import Judge
from grader.judge.facts import Facts
from grader.judge.rules import Rules
from grader.model import Outcome
from grader.protocol.codec import encode
from grader.protocol.observations import Load, Module

FACTS = Facts(
    rules=Rules(max_parameters=1000, min_hidden_layers=1, forbid_convolutions=False),
    answers=np.arange(100) % 10,
    public_answers=(np.arange(100) + 1) % 10,
    moved=np.zeros(100, bool),
    first_part=50,
    bars=[0.9, 0.95, 0.97],
    names=[*range(1, 10), 0],
    max_untrained_accuracy=0.6,
)
LOADED = Load([Module("net"), Module("objective"), Module("training")], 16, "16", 2, "2")


def seen(observation: object) -> Outcome:
    """Make an outcome with this observation."""
    return Outcome("ok", encode(observation))


@functools.cache
def judge_for_all() -> Judge:
    """Start one judging process for all tests. It ends with this one."""
    return Judge()
