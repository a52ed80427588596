"""Values of every type that crosses the trust line, for tests that try whatever their fields may hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.int32, np.uint8, np.bool_, np.float16, np.int8, np.int16]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, small ones."""
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


def instances(cls: type) -> st.SearchStrategy[Any]:
    """Instances of a dataclass with whatever its fields may hold."""
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(cls)})
