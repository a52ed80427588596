"""The table of probes: which observation each brings back, where it runs, and what has to work before it."""

from __future__ import annotations

from dataclasses import dataclass

from .loops import DeviceUse, Loop
from .masks import Masks, Modes
from .observations import (
    Build,
    Criterion,
    Descent,
    Fit,
    Gradients,
    Layers,
    Linearity,
    Load,
    Optimizer,
    Predictions,
    Samples,
    Shapes,
    Training,
)


@dataclass(frozen=True)
class ProbeKind:
    """One line of the table of probes: what it yields, and which must have worked before it."""

    observation: type
    phase: str
    needs: tuple[str, ...] = ()


PROBES: dict[str, ProbeKind] = {
    "load": ProbeKind(Load, "structure"),
    "build": ProbeKind(Build, "structure", ("load",)),
    "shapes": ProbeKind(Shapes, "structure", ("build",)),
    "samples": ProbeKind(Samples, "structure", ("build",)),
    "layers": ProbeKind(Layers, "structure", ("build",)),
    "linearity": ProbeKind(Linearity, "structure", ("build",)),
    "gradients": ProbeKind(Gradients, "structure", ("build",)),
    "modes": ProbeKind(Modes, "structure", ("build",)),
    "masks": ProbeKind(Masks, "structure", ("build",)),
    "criterion": ProbeKind(Criterion, "objective", ("load",)),
    "fit": ProbeKind(Fit, "objective", ("build", "criterion")),
    "optimizer": ProbeKind(Optimizer, "objective", ("load",)),
    "descent": ProbeKind(Descent, "objective", ("build", "criterion", "optimizer")),
    "loop": ProbeKind(Loop, "training", ("load",)),
    "device": ProbeKind(DeviceUse, "training", ("loop",)),
    "untrained": ProbeKind(Predictions, "untrained", ("build",)),
    "training": ProbeKind(Training, "train", ("build", "criterion", "optimizer", "loop")),
    "few_shot": ProbeKind(Predictions, "few-shot", ("training",)),
    "predictions": ProbeKind(Predictions, "predict", ("training",)),
    "shifted": ProbeKind(Predictions, "predict", ("training",)),
}
"""In the order they run. `phase` is the forked child it runs in."""
