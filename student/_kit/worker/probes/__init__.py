"""The probes, one function each.

They take a `Bench` and return an observation of `protocol.observations`.

The probes of the real training run are in `accuracy`, which is not given to students.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..bench import Bench
from . import dropout, layers, objective, structure, training

RUN: dict[str, Callable[[Bench], Any]] = {
    "load": structure.load,
    "build": structure.build,
    "shapes": structure.shapes,
    "samples": structure.samples,
    "layers": layers.layers,
    "linearity": structure.linearity,
    "gradients": structure.gradients,
    "modes": dropout.modes,
    "masks": dropout.masks,
    "criterion": objective.criterion,
    "fit": objective.fit,
    "optimizer": objective.optimizer,
    "descent": objective.descent,
    "runs": training.runs,
    "loop": training.loop,
    "device": training.device,
}
