"""The table of probes: which observation each brings back, where it runs, and what has to work before it.

Beside it the table of phases: what each may see, and which limit of `assignment.toml` it runs under.
"""

from __future__ import annotations

from dataclasses import dataclass

from .loops import DeviceUse, Loop, Runs
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


@dataclass(frozen=True)
class PhaseKind:
    """One line of the table of phases: which limit it has, and which data it may see.

    Args:
        limit: the name of its wall-clock limit in `assignment.toml`.
        sees: names of data. "samples": some training images and their labels. "training-set": all of them.
            "few-shots": very few of them, in place of the training set. "queries": the images to score.
            "some-queries": the first of them. "shifted": the same moved by a pixel.
    """

    limit: str
    sees: tuple[str, ...]


PHASES: dict[str, PhaseKind] = {
    "structure": PhaseKind("probe_seconds", ("samples",)),
    "objective": PhaseKind("probe_seconds", ("samples",)),
    "training": PhaseKind("probe_seconds", ("samples",)),
    "untrained": PhaseKind("probe_seconds", ("samples", "some-queries")),
    "train": PhaseKind("train_seconds", ("samples", "training-set")),
    "few-shot": PhaseKind("train_seconds", ("samples", "few-shots", "some-queries")),
    "predict": PhaseKind("predict_seconds", ("samples", "queries", "shifted")),
}
"""By the name of the phase. Nothing that is not listed is sent to it; labels of queries are listed nowhere."""

PROBES: dict[str, ProbeKind] = {
    "load": ProbeKind(Load, "structure"),
    "build": ProbeKind(Build, "structure", ("load",)),
    "shapes": ProbeKind(Shapes, "structure", ("load",)),
    "samples": ProbeKind(Samples, "structure", ("load",)),
    "layers": ProbeKind(Layers, "structure", ("load",)),
    "linearity": ProbeKind(Linearity, "structure", ("load",)),
    "gradients": ProbeKind(Gradients, "structure", ("load",)),
    "modes": ProbeKind(Modes, "structure", ("load",)),
    "masks": ProbeKind(Masks, "structure", ("load",)),
    "criterion": ProbeKind(Criterion, "objective", ("load",)),
    "fit": ProbeKind(Fit, "objective", ("criterion",)),
    "optimizer": ProbeKind(Optimizer, "objective", ("load",)),
    "descent": ProbeKind(Descent, "objective", ("criterion", "optimizer")),
    "runs": ProbeKind(Runs, "training", ("load",)),
    "loop": ProbeKind(Loop, "training", ("load",)),
    "device": ProbeKind(DeviceUse, "training", ("load",)),
    "untrained": ProbeKind(Predictions, "untrained", ("load",)),
    "training": ProbeKind(Training, "train", ("criterion", "optimizer", "runs")),
    "few_shot": ProbeKind(Predictions, "few-shot", ("training",)),
    "predictions": ProbeKind(Predictions, "predict", ("training",)),
    "shifted": ProbeKind(Predictions, "predict", ("training",)),
}
"""In the order they run. `phase` is the forked child it runs in, a line of `PHASES`."""
