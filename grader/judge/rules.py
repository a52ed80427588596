"""Rules of the assignment for a network. Known to everybody, students included."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """Bounds on the structure of `Net`."""

    max_parameters: int
    min_hidden_layers: int
    forbid_convolutions: bool
