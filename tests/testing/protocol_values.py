"""Values of every type that crosses the trust line. Their fields hold anything that is allowed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.protocol.observations import SCORE_KINDS, WHY_NO_SCORES, OneClass

ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.int32, np.uint8, np.bool_, np.float16, np.int8, np.int16]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Make small values of a field's type."""
    origin, arguments = get_origin(hint), get_args(hint)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(-(2**63), 2**63 - 1),
        float: FLOATS,
        str: st.text(max_size=8),
        bytes: st.binary(max_size=16),
        bool: st.booleans(),
        type(None): st.none(),
    }
    if hint in plain:
        return plain[hint]
    if dataclasses.is_dataclass(hint):
        return instances(hint)  # type: ignore[arg-type]
    if origin is np.ndarray:
        return ARRAYS
    if origin is list:
        return st.lists(values_of(arguments[0]), max_size=3)
    if origin in (dict, Mapping):
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=3)
    return st.one_of([values_of(argument) for argument in arguments])


def _scores(rows: int) -> st.SearchStrategy[Any]:
    numbers = st.floats(width=32, allow_nan=True, allow_infinity=True)
    return hnp.arrays(np.float32, (rows, 10), elements=numbers)


FLOATING = hnp.arrays(st.sampled_from([np.float32, np.float64, np.float16]), hnp.array_shapes(max_dims=3, max_side=4))


def _classes(batches: list[OneClass]) -> list[OneClass]:
    return [dataclasses.replace(one, label=label) for label, one in enumerate(batches)]


FITTING: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "Samples": st.fixed_dictionaries(
        {
            "first_batch": _scores(3),
            "second_batch": _scores(3),
            "first_batch_again": _scores(3),
            "shared": st.integers(1, 3),
        }
    ),
    "Linearity": st.fixed_dictionaries(
        {
            "at_a": _scores(2),
            "at_b": _scores(2),
            "between": st.lists(_scores(2), min_size=2, max_size=2),
            "t": st.lists(FLOATS, min_size=2, max_size=2),
        }
    ),
    "Raised": st.fixed_dictionaries({"not_implemented": st.just(False)}),
    "Criterion": st.fixed_dictionaries({"gradient": st.one_of(st.none(), FLOATING)}),
    "Predictions": st.fixed_dictionaries({"scores": FLOATING}),
    "Fit": st.fixed_dictionaries(
        {
            "scores": _scores(2),
            "large": _scores(2),
            "missing": st.sampled_from(WHY_NO_SCORES),
            "kind": st.sampled_from(SCORE_KINDS),
            "moves": st.just([0.0, 0.2]),
            "losses": st.tuples(FLOATS, FLOATS).map(list),
            "growing": st.tuples(FLOATS, FLOATS, FLOATS).map(list),
            "by_class": st.lists(st.deferred(lambda: instances(OneClass)), min_size=10, max_size=10).map(_classes),
        }
    ),
    "ModeRun": st.fixed_dictionaries({"first": _scores(2), "second": _scores(2)}),
    "Modes": st.fixed_dictionaries({"seeded": _scores(2), "seeded_again": _scores(2)}),
    "OneClass": st.fixed_dictionaries(
        {"label": st.integers(0, 9), "answers": st.lists(FLOATS, min_size=10, max_size=10)}
    ),
    "Descent": st.fixed_dictionaries({"losses": st.lists(FLOATS, min_size=2, max_size=4)}),
    "Site": st.fixed_dictionaries(
        {"values": st.integers(3, 9), "masks": st.integers(1, 3), "zeroed": st.floats(0, 1, exclude_min=True)}
    ),
    "Loop": st.fixed_dictionaries({name: st.integers(1, 12) for name in ("n_samples", "batch_size", "n_epochs")}),
}
"""Fields that must fit each other. An observation that makes no sense cannot be made."""


def _modes(runs: list[Any]) -> list[Any]:
    return [dataclasses.replace(run, mode=mode) for run, mode in zip(runs, ["train", "eval"] * 2, strict=True)]


def instances(cls: type) -> st.SearchStrategy[Any]:
    """Make instances of a dataclass with any allowed values."""
    hints = get_type_hints(cls)
    fields = {field.name: values_of(hints[field.name]) for field in dataclasses.fields(cls)}
    if cls.__name__ == "Modes":
        run = values_of(get_args(hints["runs"])[0])
        fields["runs"] = st.lists(run, min_size=4, max_size=4).map(_modes)
    fitting = FITTING.get(cls.__name__, st.just({}))
    return st.tuples(st.fixed_dictionaries(fields), fitting).map(lambda parts: cls(**(parts[0] | parts[1])))
