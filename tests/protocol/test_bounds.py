"""Every message across the trust line has bounds. A message that breaks one is refused."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import inspect

from grader.protocol import messages
from grader.protocol.bounds import MAX_NAME, MAX_TEXT
from grader.protocol.codec import BrokenMessage, encode
from grader.protocol.loops import Loop
from grader.protocol.observations import (
    MAX_LOSSES,
    MAX_PARAMETERS,
    Build,
    Gradients,
    ParameterUse,
    Predictions,
    Training,
)
from grader.protocol.opening import open_observation
from grader.protocol.probes import PROBES
from grader.protocol.raised import Raised
from tests.testing.largest import Size, largest

ROOT = Path(__file__).parents[2]
OBSERVATIONS = sorted({kind.observation for kind in PROBES.values()}, key=lambda cls: cls.__name__)
MESSAGES = [
    cls for cls in vars(messages).values() if dataclasses.is_dataclass(cls) and cls.__module__ == messages.__name__
]
FIXED = (inspect.FloatType, inspect.BoolType, inspect.NoneType)
"""Types of one size, whatever their value."""


def unbounded(kind: Any, place: str) -> Iterator[str]:
    """Yield the parts of `kind` that have no bound.

    That is a list, a text or a number of any size. `place` is the name under which a part is told.
    """
    if isinstance(kind, inspect.DataclassType):
        for field in kind.fields:
            yield from unbounded(field.type, f"{place}.{field.name}")
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from unbounded(one, place)
    elif isinstance(kind, inspect.IntType):
        if kind.ge is None or kind.le is None:
            yield place
    elif isinstance(kind, inspect.CustomType):
        if kind.cls is not np.ndarray:  # the frame that holds an array bounds it
            yield place
    elif not isinstance(kind, FIXED):
        if getattr(kind, "max_length", None) is None:
            yield place
        for part in ("item_type", "key_type", "value_type"):
            if hasattr(kind, part):
                yield from unbounded(getattr(kind, part), f"{place}[]")


@pytest.mark.parametrize("cls", [*OBSERVATIONS, *MESSAGES], ids=lambda cls: cls.__name__)
def test_every_field_is_bounded(cls: type) -> None:
    """Every field of every message has a bound. So have nested classes, lists of lists and optional fields."""
    assert list(unbounded(inspect.type_info(cls), cls.__name__)) == []


@dataclasses.dataclass
class _Careless:
    number: int
    text: str | None
    names: list[list[str]]
    table: dict[str, int]
    data: bytes
    anything: Any
    pair: tuple[int, ...]


def test_an_unbounded_field_is_found() -> None:
    """The search above finds an unbounded field of each kind."""
    found = set(unbounded(inspect.type_info(_Careless), "it"))
    assert found == {
        "it.number",
        "it.text",
        "it.names",
        "it.names[]",
        "it.names[][]",
        "it.table",
        "it.table[]",
        "it.data",
        "it.anything",
        "it.pair",
        "it.pair[]",
    }


def test_students_need_no_decoder() -> None:
    """The classes of the protocol import without msgspec. Students have their copy without it."""
    code = "import sys; sys.modules['msgspec'] = None; import grader.protocol.probes"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


BROKEN: dict[str, object] = {
    "a list": Gradients([ParameterUse("a", [1], True, "none")] * (MAX_PARAMETERS + 1), [], scores_have_graph=True),
    "a list in a list": Gradients([ParameterUse("a", [1] * 9, True, "none")], [], scores_have_graph=True),
    "a text": Build("x" * (MAX_NAME + 1), is_module=True, n_parameters=1),
    "a text in a message": messages.ProbeRaised("load", Raised("E", "m" * (MAX_TEXT + 1))),
    "a number": Build("Net", is_module=True, n_parameters=2**63),
    "the losses": Training(b"", b"", b"", [0.0] * (MAX_LOSSES + 1), "list", 1, 1.0),
    "all together": largest(Loop, Size(inner=100)),
    "all bytes together": Predictions(np.zeros((1 << 20, 10), np.float32)),
}


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN.keys())
def test_what_breaks_a_bound_is_a_broken_message(value: object) -> None:
    """One item above a bound makes a broken message, at any depth."""
    with pytest.raises(BrokenMessage):
        open_observation(encode(value), type(value))
