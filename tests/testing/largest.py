"""The largest observations that a submission may send. They are made from the bounds in their classes."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from grader.protocol.bounds import Int
from grader.protocol.observations import N_CLASSES

SCORES = np.ones((64, N_CLASSES), np.float32)

FIXED: dict[str, dict[str, Any]] = {
    "ModeRun": {"mode": "train", "training_flag": True},
    "Modes": {"seeded": SCORES, "seeded_again": SCORES},
    "Samples": {"shared": 1},
    "Site": {"values": 100, "masks": 100, "zeroed": 0.2, "used": True, "on_scores": False, "on_pixels": False},
    "Fit": {"kind": "raw", "missing": ""},
    "OneClass": {"error": None, "label": 0},
    "Step": {"residual": 0.0, "gradient_norm": 1.0, "forward_after_backward": False},
    "LossCall": {"n": 0, "epoch": 0},
    "Loop": {"n_samples": 10_000, "batch_size": 3, "n_epochs": 3, "loader_passes": 3},
    "Raised": {"not_implemented": False},
    "Linearity": {"t": None},
}
"""Fields that must fit each other. Some lead the hidden tests as far as possible."""


@dataclasses.dataclass(frozen=True)
class Size:
    """How large an observation is made.

    `share` is of a list's bound; `inner` and `text` bound lists within lists and texts, to keep the whole in bounds.
    `flavour` replaces fields of classes by their name, where another value makes a hidden test take another branch.
    """

    share: float = 1.0
    inner: int = 50
    text: int = 200
    flavour: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def length(self, bound: int | None, depth: int) -> int:
        """Return the length of a list with this bound."""
        assert bound is not None
        return max(2, int(bound * self.share)) if depth < 2 else min(bound, self.inner)


WHOLE = Size()


def _bound(hint: Any) -> tuple[Any, int | None]:
    if get_origin(hint) is not Annotated:
        return hint, None
    return get_args(hint)[0], next((one.max_length for one in hint.__metadata__ if one.max_length is not None), None)


def _value(hint: Any, size: Size, depth: int) -> Any:
    """Return the largest value of a field's type."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    hint, bound = _bound(hint)
    if dataclasses.is_dataclass(hint):
        return largest(hint, size, depth)  # type: ignore[arg-type]
    origin = get_origin(hint) or hint
    if origin is list:
        (item,) = get_args(hint)
        length = size.length(bound, depth)
        # one object in all places takes as long to judge as many, and no time to make
        return list(range(length)) if item is Int else [_value(item, size, depth + 1)] * length
    if origin is np.ndarray:
        return SCORES
    plain = {int: 1, float: 1.0, bool: True, str: "x" * min(bound or 0, size.text), bytes: b""}
    return plain[origin]


def largest(cls: type, size: Size = WHOLE, depth: int = 0) -> Any:
    """Make an instance of `cls` as large as `size` says."""
    hints = get_type_hints(cls, include_extras=True)
    fields = {one.name: _value(hints[one.name], size, depth + 1) for one in dataclasses.fields(cls)}
    fields |= {**FIXED.get(cls.__name__, {}), **size.flavour.get(cls.__name__, {})}
    if cls.__name__ == "Modes":
        run = fields["runs"][0]
        fields["runs"] = [dataclasses.replace(run, mode=mode) for mode in ("train", "eval", "train", "eval")]
    if cls.__name__ == "Fit":
        fields["growing"] = [3.0, 2.0, 1.0]
        fields["by_class"] = [dataclasses.replace(fields["by_class"][0], label=label) for label in range(N_CLASSES)]
    if cls.__name__ == "OneClass":
        fields["answers"] = [1.0] * N_CLASSES
    if cls.__name__ == "Linearity":
        fields["t"] = [0.5] * len(fields["between"])
    return cls(**fields)
