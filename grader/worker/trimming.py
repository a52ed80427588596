"""Cuts what is sent to the bounds that the receiver holds it to: what is unusual, but right, is not refused for it.

The bounds are read from the classes that are sent (see `protocol.bounds`), so nothing has to be said twice. What is cut
off is the end of a list or a text; a probe that has something to tell there puts it first.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from ..protocol.bounds import MAX_COLUMNS, MAX_VALUES, count_values
from ..protocol.codec import encode
from ..protocol.messages import MAX_OBSERVATION_BYTES

T = TypeVar("T")

_SHORTEST = 16
"""No list is cut to fewer items than this for the sake of the whole."""


@cache
def _fields(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _bounds(hint: Any) -> tuple[Any, list[Any]]:
    """A field's type without what is said about it, and that."""
    if get_origin(hint) is not Annotated:
        return hint, []
    return get_args(hint)[0], list(getattr(hint, "__metadata__", ()))


def _matching(value: Any, hint: Any) -> Any:
    """The part of a union that `value` belongs to; `hint` itself where it is none."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    return next((part for part in get_args(hint) if value is not None and part is not type(None)), type(None))


def _cut(value: Any, hint: Any, longest: int) -> Any:
    """`value` within the bounds of its type, no list longer than `longest`."""
    hint, bounds = _bounds(_matching(value, hint))
    for bound in bounds:
        if isinstance(value, str | list | tuple) and bound.max_length is not None:
            value = value[: bound.max_length]
        if type(value) is int and bound.le is not None:
            value = max(bound.ge, min(bound.le, value))
    if isinstance(value, str):  # halves of surrogate pairs, which UTF-8 does not know, become question marks
        return value.encode(errors="replace").decode()
    if isinstance(value, np.ndarray):
        return value[..., :MAX_COLUMNS] if value.ndim else value
    if isinstance(value, list | tuple):
        (item, *_) = get_args(hint)
        return [_cut(one, item, longest) for one in value[:longest]]
    if isinstance(value, Mapping):
        _, item = get_args(hint)
        return {name: _cut(one, item, longest) for name, one in value.items()}
    if is_dataclass(value):
        kinds = _fields(type(value))
        return type(value)(**{name: _cut(one, kinds[name], longest) for name, one in vars(value).items()})
    return value


def _too_long(message: object) -> bool:
    """Whether `message` takes too many bytes, packed networks not counted."""
    light = {name: b"" if isinstance(value, bytes) else value for name, value in vars(message).items()}
    return len(encode(light)) > MAX_OBSERVATION_BYTES


def trimmed(message: T) -> T:
    """An observation or a message within all bounds on its fields and on the whole, as far as lists and texts go."""
    longest = MAX_VALUES
    cut: T = _cut(message, type(message), longest)
    while longest > _SHORTEST and (count_values(cut) > MAX_VALUES or _too_long(cut)):
        longest //= 2
        cut = _cut(message, type(message), longest)
    return cut


