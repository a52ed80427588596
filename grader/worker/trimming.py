"""Cuts messages to the receiver's bounds.

What is unusual, but right, is not refused for it.

The bounds are read from the classes that are sent (see `protocol.bounds`), so nothing has to be said twice. What is cut
off is the end of a list or a text; a probe that has something to tell there puts it first.
"""

from __future__ import annotations

import types
from dataclasses import is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from ..protocol.bounds import MAX_COLUMNS, MAX_VALUES, count_values
from ..protocol.codec import encode
from ..protocol.messages import MAX_OBSERVATION_BYTES

T = TypeVar("T")

_LONGEST, _SHORTEST = 8192, 16
"""Lengths between which lists are cut. They are halved for the sake of the whole."""


@cache
def _fields(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


@cache
def _bound(hint: Any) -> tuple[Any, int, int, int]:
    """Return the bounds of a field's type.

    They are what its items are, its greatest length, its least and its greatest number; a union is one with None.

    No observation holds a mapping.
    """
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    plain, said = (get_args(hint)[0], hint.__metadata__) if get_origin(hint) is Annotated else (hint, ())
    lengths = [one.max_length for one in said if one.max_length is not None]
    numbers = [(one.ge, one.le) for one in said if one.le is not None]
    return next(iter(get_args(plain)), None), *(lengths or [MAX_VALUES])[:1], *(numbers or [(0, 0)])[0]


def _cut(value: Any, hint: Any, longest: int) -> Any:
    """Cut `value` to the bounds of its type. No list is longer than `longest`."""
    if value is None or isinstance(value, bool | float | bytes):
        return value
    item, length, least, greatest = _bound(hint)
    if isinstance(value, int):
        return max(least, min(greatest, value))
    if isinstance(value, str):  # halves of surrogate pairs, which UTF-8 does not know, become question marks
        return value[:length].encode(errors="replace").decode()
    if isinstance(value, np.ndarray):
        return value[..., :MAX_COLUMNS] if value.ndim else value
    if isinstance(value, list | tuple):
        return [_cut(one, item, longest) for one in value[: min(length, longest)]]
    if is_dataclass(value):
        cls: type = type(value)
        kinds = _fields(cls)
        return cls(**{name: _cut(one, kinds[name], longest) for name, one in vars(value).items()})
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _too_long(message: object) -> bool:
    """Whether `message` takes too many bytes. Packed networks are not counted."""
    light = {name: b"" if isinstance(value, bytes) else value for name, value in vars(message).items()}
    return len(encode(light)) > MAX_OBSERVATION_BYTES


def trimmed(message: T) -> T:
    """Return a message within all bounds. It is cut as far as lists and texts go."""
    cut: T = _cut(message, type(message), MAX_VALUES)
    longest = _LONGEST
    while longest >= _SHORTEST and (count_values(cut) > MAX_VALUES or _too_long(cut)):
        cut = _cut(cut, type(message), longest)
        longest //= 2
    return cut
