"""The learning curve of the reference solution. See `reference.toml` for how it was made."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Reference:
    """The reference solution's results on one data set.

    Args:
        dataset: a name as in `datasets.DATASETS`.
        accuracy: its share of right answers.
        train_loss: the mean training loss of each epoch.
    """

    dataset: str
    accuracy: float
    train_loss: tuple[float, ...]


@cache
def reference() -> Reference:
    """Read the reference's figures, once."""
    text = resources.files(__package__ or "").joinpath("reference.toml").read_text(encoding="utf-8")
    stated = tomllib.loads(text)
    return Reference(stated["dataset"], stated["accuracy"], tuple(stated["train_loss"]))
