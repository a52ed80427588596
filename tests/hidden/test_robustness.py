"""No observation, however absurd, breaks a hidden test.

A submission can make its probes report anything. A hidden test may only pass, `fail` or wait: everything else counts as
the grader's own fault and stops the grading.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.categories import CATEGORIES
from grader.judge.collect import collect
from grader.judge.facts import Facts
from grader.judge.marks import Misconception, Waits
from grader.judge.rules import Rules
from grader.model import Verdict
from grader.protocol.codec import decode, encode
from grader.protocol.observations import Witness
from grader.protocol.probes import PROBES
from grader.reading import NearMiss, Place, Reading, UnreadableCell
from tests.testing.protocol_values import instances

RULES = Rules(max_parameters=1000, min_hidden_layers=1, forbid_convolutions=True)
FACTS = Facts(
    rules=RULES,
    answers=np.arange(3),
    public_answers=np.arange(3)[::-1].copy(),
    moved=np.array([False, True, False]),
    first_part=2,
    bars=[0.5, 0.6, 0.7],
    names=[*range(1, 10), 0],
    max_untrained_accuracy=0.6,
)


def functions() -> dict[str, Callable[..., None]]:
    """Every hidden test by its id."""
    found = {}
    for category in CATEGORIES:
        module = importlib.import_module(f"grader.hidden.test_{category}")
        for name, item in vars(module).items():
            if name.startswith("test_"):
                found[f"{category}/{name.removeprefix('test_').replace('_', '-')}"] = item
    return found


FUNCTIONS = functions()
NOTEBOOK = Reading(
    is_notebook=True,
    unreadable=(
        UnreadableCell(Place("", 1, 2), "SyntaxError: no", "(", ("train",)),
        UnreadableCell(Place("", 1, 3), "", ""),
    ),
    near_misses=(NearMiss("Net", "network", "MyNet", Place("", 1, 1)),),
)


def given_arguments(function: Callable[..., None]) -> st.SearchStrategy[dict[str, Any]]:
    """Arbitrary values for the observations that a test asks for."""
    own = {
        "witness": instances(Witness),
        "rules": st.just(RULES),
        "facts": st.just(FACTS),
        "reading": st.sampled_from((Reading(), NOTEBOOK)),
    }
    names = inspect.signature(function).parameters
    return st.fixed_dictionaries({n: own[n] if n in own else instances(PROBES[n].observation) for n in names})


def test_all_are_tried() -> None:
    """The tests tried here are all that the grader judges by."""
    assert list(FUNCTIONS) == list(collect())


@pytest.mark.parametrize("test", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy warns of NaN and infinity, which are tried on purpose
def test_no_observation_breaks_a_hidden_test(test: str) -> None:
    """A hidden test passes, fails or waits for another test. A failure can always be sent on as a verdict."""

    @settings(max_examples=20, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(given_arguments(FUNCTIONS[test]))
    def judged(arguments: dict[str, Any]) -> None:
        waits_for = next(iter(FUNCTIONS))
        try:
            FUNCTIONS[test](**arguments)
        except Waits as waiting:
            waits_for = waiting.by
        except Misconception as found:
            verdict = Verdict(test, "failed", hint=found.hint, data=found.data, staff_note=found.staff_note)
            decode(encode(verdict), Verdict)
        assert waits_for in (*FUNCTIONS, *PROBES)

    judged()
