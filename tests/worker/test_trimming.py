"""The worker cuts what it sends to all bounds. What is within them stays unchanged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.protocol import loops, observations
from grader.protocol.bounds import MAX_COLUMNS, MAX_NAME, MAX_TEXT, MAX_VALUES, count_values
from grader.protocol.codec import BrokenMessage, decode, encode
from grader.protocol.loops import MAX_EVENTS, MAX_SAMPLES, Loop
from grader.protocol.messages import MAX_OBSERVATION_BYTES, Progress
from grader.protocol.observations import Build, Criterion, Gradients, Load, Module, Optimizer
from grader.protocol.opening import open_observation
from grader.protocol.probes import PROBES
from grader.protocol.raised import Clues, Frame, Raised
from grader.worker.trimming import trimmed
from tests.testing.largest import Size, largest

OBSERVATIONS = sorted({kind.observation for kind in PROBES.values()}, key=lambda cls: cls.__name__)


def arrives(observation: Any) -> Any:
    """Return an observation as the trusted side gets it."""
    return open_observation(encode(trimmed(observation)), type(observation))


@pytest.mark.parametrize("cls", OBSERVATIONS, ids=lambda cls: cls.__name__)
def test_what_is_within_the_bounds_stays_as_it_is(cls: type) -> None:
    """An observation within the bounds is sent unchanged."""
    observation = largest(cls, Size(text=60))
    assert encode(trimmed(observation)) == encode(observation)


def test_lists_texts_and_numbers_are_cut() -> None:
    """Lists, texts and numbers are cut at their ends. Otherwise one that is only told would cost all that is judged."""
    made = Optimizer("O" * 5000, True, [f"{i}.weight" for i in range(5000)], 10**30, [], -(10**30), [0.1] * 5000, 5000)
    with pytest.raises(BrokenMessage):
        decode(encode(replace(made, foreign=1, n_model=1)), Optimizer)
    got = arrives(made)
    assert (got.type_name, got.missing) == ("O" * MAX_NAME, [f"{i}.weight" for i in range(observations.MAX_LISTED)])
    assert (got.foreign, got.n_model, got.n_missing) == (2**63 - 1, -(2**63), 5000)


def test_the_classes_within_are_cut_too() -> None:
    """The classes within an observation are cut too. So is a module's error, and what is known of its cause."""
    frames = [Frame("f" * 999, 1, "g" * 999, "x" * 999)] * 99
    error = Raised("E" * 999, "m" * 9999, frames, clues=Clues(meant="a" * 999))
    got = arrives(Load([Module("net", error=error)], 1, "1", 10**40, "1" * 999))
    told = got.modules[0].error
    assert (len(told.message), len(told.frames), len(told.clues.meant)) == (MAX_TEXT, 16, MAX_NAME)
    assert {len(text) for text in (told.frames[0].file, told.frames[0].function, got.n_epochs_repr)} == {MAX_NAME}
    assert got.n_epochs == 2**63 - 1


def test_half_a_character_becomes_a_question_mark() -> None:
    """Half a surrogate pair becomes a question mark. UTF-8 does not have it, and a class may be named by it."""
    assert arrives(Build("Net\ud800", is_module=False, n_parameters=0)).type_name == "Net?"


def test_a_progress_of_absurd_numbers_is_sent() -> None:
    """A progress of absurd numbers is sent. N_EPOCHS may be any whole number."""
    assert decode(encode(trimmed(Progress(1, 1, 1, 10**30, 0.5))), Progress).n_epochs == 2**63 - 1


def test_columns_are_cut_and_rows_are_not() -> None:
    """Columns of arrays are cut, and rows are not.

    Without a last layer there are thousands of scores for each image.
    """
    shape = (32, 20_000)
    got = arrives(observations.Samples(*[np.ones(shape, np.float32)] * 3, shared=8, input_changed=0.0))
    assert got.first_batch.shape == (32, MAX_COLUMNS)
    assert arrives(Criterion(True, "Tensor", [], 1.0, True, np.ones((16, 10), np.float32))).gradient.shape == (16, 10)


def test_a_network_of_thousands_of_layers_is_told_of() -> None:
    """A network of thousands of layers is told of. All of 4,000 tensors are, and the first of many more."""
    use = observations.ParameterUse("layers.1234.weight", [3, 3], True, "finite")
    assert len(arrives(Gradients([use] * 4000, [], scores_have_graph=True)).parameters) == 4000
    got = arrives(Gradients([use] * 100_000, [], scores_have_graph=True))
    assert len(got.parameters) == observations.MAX_PARAMETERS


def test_the_whole_is_cut_where_its_parts_are_within_their_bounds() -> None:
    """A whole that is too large is cut. Its long lists grow shorter; no part is lost."""
    step = largest(loops.Step, Size(inner=MAX_SAMPLES))
    loop = replace(largest(Loop), steps=[replace(step, labels=[1] * 300, handed_out=[1] * 300)] * (MAX_EVENTS // 2))
    assert count_values(loop, 3 * MAX_VALUES) > 3 * MAX_VALUES
    got = arrives(loop)
    assert 0.2 * MAX_VALUES < count_values(got) <= MAX_VALUES
    assert min(len(got.steps), len(got.steps[0].labels)) > 50


def test_names_that_take_too_many_bytes_are_cut() -> None:
    """Names that take too many bytes are cut. Two hundred emoji are eight hundred bytes."""
    use = observations.ParameterUse("🎲" * 200, [1], True, "none")
    payload = encode(trimmed(Gradients([use] * 10_000, [], scores_have_graph=True)))
    assert 0.2 * MAX_OBSERVATION_BYTES < len(payload) <= MAX_OBSERVATION_BYTES
    open_observation(payload, Gradients)
