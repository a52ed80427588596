"""Judging time grows linearly with what was observed.

Even the largest observations take a small part of the time bound.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from grader.judge import seen
from grader.judge.collect import collect
from grader.judge.exchange import CPU_SECONDS, Judge
from grader.judge.marks import Misconception, Waits
from grader.model import Outcome
from grader.protocol.bounds import MAX_VALUES, count_values
from grader.protocol.codec import encode
from grader.protocol.loops import Loop
from grader.protocol.observations import Witness
from grader.protocol.opening import open_observation
from grader.protocol.probes import PROBES
from grader.reading import Reading
from tests.testing.judging import FACTS
from tests.testing.largest import WHOLE, Size, largest

OBSERVATIONS = sorted({kind.observation for kind in PROBES.values()}, key=lambda cls: cls.__name__)
TEXT = {"Gradients": 60}
"""Characters in parameter names, by observation. Ten thousand names must fit."""
FLAVOURS: dict[str, Mapping[str, Mapping[str, Any]]] = {
    "losses of no samples": {},
    "losses of one sample": {"LossCall": {"n": 1}},
    "trained epochs": {"LossCall": {"n": 3, "trained": True}, "Loop": {"n_samples": 3, "n_epochs": 3}},
    "not trained": {"LossCall": {"n": 3, "trained": False}, "Step": {"backward_passes": 0}},
    "one pass": {"Loop": {"loader_passes": 1, "n_epochs": 2, "n_samples": 10}},
    "no pass": {"Loop": {"loader_passes": 0, "n_epochs": 2, "n_samples": 10}},
    "silent parameters": {"ParameterUse": {"gradient": "none"}, "Site": {"ratio": 1.25, "zeroed": 0.2}},
    "scaled in eval": {"Scaling": {"factor": 0.8}, "Site": {"ratio": 1.25, "size": 1}, "Gradients": {"error": None}},
}
WATCHED = ("grader.hidden.", "grader.judge.", "grader.protocol.")


GROWING = ((Size(0.1, inner=10), Size(0.2, inner=10)), (Size(0.05, inner=40), Size(0.05, inner=80)))
"""Pairs of sizes to compare.

The first pair grows in steps, calls and parameters, the second in what each of them holds.
"""


def observation(cls: type, size: Size = WHOLE, flavour: str = "losses of no samples") -> Any:
    """The largest observation of a class, or one of `size`."""
    return largest(cls, replace(size, text=TEXT.get(cls.__name__, 200), flavour=FLAVOURS[flavour]))


def instructions(act: Callable[[], object]) -> int:
    """Count the Python instructions of the grader while `act` runs. Whatever `act` raises as a verdict is ignored."""
    if sys.version_info >= (3, 12):  # from 3.12 on, the first run over a function is not traced from its beginning
        _traced(act)
    return _traced(act)


def _traced(act: Callable[[], object]) -> int:
    count = 0

    def each(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if event == "call":
            if not str(frame.f_globals.get("__name__")).startswith(WATCHED):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        with suppress(Misconception, Waits):
            act()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("cls", OBSERVATIONS, ids=lambda cls: cls.__name__)
def test_the_largest_observation_is_within_the_bounds(cls: type) -> None:
    """The largest observations are accepted as real ones would be.

    So the measurements below are of what can come in.
    """
    open_observation(encode(observation(cls)), cls)


def test_the_largest_loop_is_nearly_all_that_an_observation_may_be() -> None:
    """The largest loop nearly fills what an observation may hold. No other observation holds as much."""
    assert 0.8 * MAX_VALUES < count_values(observation(Loop)) <= MAX_VALUES


def _functions() -> dict[str, Callable[..., object]]:
    found: dict[str, Callable[..., object]] = {}
    for test in collect():
        category, _, name = test.partition("/")
        module = importlib.import_module(f"grader.hidden.test_{category}")
        found[test] = getattr(module, f"test_{name.replace('-', '_')}")
    return found


FUNCTIONS = _functions()
GIVEN = {"facts": FACTS, "rules": FACTS.rules, "reading": Reading(), "witness": Witness(8, 0)}


def _arguments(function: Callable[..., object], size: Size, flavour: str) -> dict[str, Any]:
    names = inspect.signature(function).parameters
    return {n: GIVEN[n] if n in GIVEN else observation(PROBES[n].observation, size, flavour) for n in names}


def _is_linear(act: Callable[[Size], Callable[[], object]]) -> bool:
    """Whether twice the observation costs about twice the instructions. `act` returns what to run at a given size."""
    counts = [[instructions(act(size)) for size in pair] for pair in GROWING]
    return all(large < 2.4 * small + 2000 for small, large in counts)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("test", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_hidden_test_is_linear(test: str, flavour: str) -> None:
    """The time of a hidden test grows linearly with its observations."""
    function = FUNCTIONS[test]

    def at(size: Size) -> Callable[[], object]:
        arguments = _arguments(function, size, flavour)
        return lambda: function(**arguments)

    assert _is_linear(at)


SEEN: dict[str, Callable[[Loop], object]] = {
    "samples_by_pass": seen.samples_by_pass,
    "uses_by_label": seen.uses_by_label,
    "is_complete": seen.is_complete,
    "loops_swapped": seen.loops_swapped,
    "by_epoch": lambda loop: seen.by_epoch(loop.report, loop.n_samples, loop.n_epochs),
    "means_backpropagated": lambda loop: seen.means_backpropagated(loop.report, loop.n_samples),
}


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", SEEN)
def test_what_is_told_from_a_run_is_linear(name: str, flavour: str) -> None:
    """Functions that read a training run take linear time.

    They are tried directly, since some hidden tests stop before they call them.
    """

    def at(size: Size) -> Callable[[], object]:
        loop = observation(Loop, size, flavour)
        return lambda: SEEN[name](loop)

    assert _is_linear(at)


def test_a_square_is_found() -> None:
    """The measure recognises quadratic time. It tells a loop within a loop from one loop after another."""
    code = compile("pairs = lambda steps: [a is b for a in steps for b in steps]", "a test", "exec")
    names: dict[str, Any] = {"__name__": f"{WATCHED[0]}made_up"}
    exec(code, names)
    pairs = names["pairs"]
    assert not _is_linear(lambda size: lambda: pairs(observation(Loop, size).steps))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_all_at_their_largest_are_judged_in_time(flavour: str) -> None:
    """The largest observations are judged in time. The judging process has a third of its usual processor time."""
    tests = list(collect())
    outcomes = {
        probe: Outcome("ok", encode(observation(kind.observation, flavour=flavour))) for probe, kind in PROBES.items()
    }
    with Judge(cpu_seconds=CPU_SECONDS // 3) as judge:
        verdicts = judge.verdicts(tests, outcomes, FACTS)
    assert [verdict.test for verdict in verdicts] == tests
