"""Table of probes: observations, phases and prerequisites.

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

TRAIN, SCORE = "train", "score"
"""Names of the two jobs of the real run."""
GRADED_NETWORK = ("training", "weights")
"""Probe and field that hold the graded network."""


@dataclass(frozen=True)
class ProbeKind:
    """One line of the table of probes.

    It says what the probe yields, and which must have worked before it.

    `asks` is what the worker is asked for, where that is not the probe's own name: what is asked for several purposes
    is asked in the same words.
    """

    observation: type
    phase: str
    needs: tuple[str, ...] = ()
    asks: str = ""


@dataclass(frozen=True)
class PhaseKind:
    """One line of the table of phases.

    It says which limit it has, which data it may see, and which network it scores with.

    Args:
        limit: the name of its wall-clock limit in `assignment.toml`.
        sees: names of data. "samples": some training images and their labels. "training-set": all of them.
            "few-shots": as many, made of very few. "queries": images to score, one part of them at a time.
        network: the probe and the field of its observation that hold the network; none where a fresh one is built.
        epoch_samples: how many samples the loader hands out in an epoch; 0 for all that there are.
    """

    limit: str
    sees: tuple[str, ...]
    network: tuple[str, str] | None = None
    epoch_samples: int = 0


PHASES: dict[str, PhaseKind] = {
    "structure": PhaseKind("probe_seconds", ("samples",)),
    "objective": PhaseKind("probe_seconds", ("samples",)),
    "training": PhaseKind("probe_seconds", ("samples",)),
    "train": PhaseKind("train_seconds", ("samples", "training-set")),
    "few-shot": PhaseKind("train_seconds", ("samples", "few-shots"), epoch_samples=320),
    "predict": PhaseKind("predict_seconds", ("samples", "queries"), GRADED_NETWORK),
    "predict-untrained": PhaseKind("predict_seconds", ("samples", "queries"), ("training", "initial")),
    "predict-scrambled": PhaseKind("predict_seconds", ("samples", "queries"), ("training", "scrambled")),
    "predict-few-shot": PhaseKind("predict_seconds", ("samples", "queries"), ("few_shot_training", "weights")),
}
"""The phases by name, which the worker never learns. The two that train differ for it in their images alone, and those
that score in the network alone. Nothing that is not listed is sent; labels of queries are listed nowhere."""

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
    "training": ProbeKind(Training, "train", ("criterion", "optimizer", "runs"), TRAIN),
    "few_shot_training": ProbeKind(Training, "few-shot", ("criterion", "optimizer", "runs"), TRAIN),
    "predictions": ProbeKind(Predictions, "predict", ("training",), SCORE),
    "untrained": ProbeKind(Predictions, "predict-untrained", ("training",), SCORE),
    "scrambled": ProbeKind(Predictions, "predict-scrambled", ("training",), SCORE),
    "few_shot": ProbeKind(Predictions, "predict-few-shot", ("few_shot_training",), SCORE),
}
"""In the order they run. `phase` is the forked child it runs in, a line of `PHASES`."""
