"""Figures of digits, predictions and training.

Each function returns a matplotlib figure and draws nothing on a screen; `save` writes it as a PNG.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

N_SHOWN = 16
RIGHT, WRONG = "tab:green", "tab:red"


def _grid(images: Tensor, titles: Sequence[str], colours: Sequence[str]) -> Figure:
    """Draw two rows of titled images. The images are (n, 1, 28, 28), n ≤ 16."""
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    panels = list(figure.subplots(2, N_SHOWN // 2).flat)
    for panel in panels:
        panel.axis("off")
    for panel, image, title, colour in zip(panels, images, titles, colours, strict=False):
        panel.imshow(image.squeeze(0).numpy(), cmap="gray", vmin=0, vmax=1)
        panel.set_title(title, color=colour)
    return figure


def digits(images: Tensor, labels: Tensor) -> Figure:
    """Draw 16 images, titled with their labels. They are the first of images (N, 1, 28, 28), with labels (N,)."""
    shown = labels[:N_SHOWN].tolist()
    return _grid(images[:N_SHOWN], [str(label) for label in shown], ["black"] * len(shown))


def predictions(images: Tensor, labels: Tensor, predicted: Tensor) -> Figure:
    """Draw 16 images titled "predicted (true)".

    They are the first of images (N, 1, 28, 28); titles are green where the two agree and red where not.
    """
    pairs = list(zip(predicted[:N_SHOWN].tolist(), labels[:N_SHOWN].tolist(), strict=True))
    titles = [f"{guess} ({truth})" for guess, truth in pairs]
    return _grid(images[:N_SHOWN], titles, [RIGHT if guess == truth else WRONG for guess, truth in pairs])


def pixels(image: Tensor, label: int) -> Figure:
    """Draw one image with the value of each pixel. The image is (1, 28, 28)."""
    figure = Figure(figsize=(12, 12), layout="constrained")
    panel = figure.subplots()
    values = image.squeeze(0).numpy()  # (28, 28)
    panel.imshow(values, cmap="gray", vmin=0, vmax=1)
    panel.set_title(f"{label}: 28×28 pixels, each between 0 (black) and 1 (white)")
    for row, line in enumerate(values.tolist()):
        for column, value in enumerate(line):
            text = f"{value:.2f}" if value else "0"
            colour = "white" if value < 0.45 else "black"
            panel.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
    return figure


def confusion_matrix(counts: Tensor) -> Figure:
    """Draw the confusion matrix of counts (10, 10).

    Rows are true digits and columns predicted ones; the mistakes are coloured by their number.
    """
    figure = Figure(figsize=(7, 6.5), layout="constrained")
    panel = figure.subplots()
    mistakes = counts - torch.diag(counts.diagonal())  # the right ones would drown all else
    panel.imshow(mistakes.numpy(), cmap="Reds", vmin=0, vmax=max(1, int(mistakes.max())))
    for row, line in enumerate(counts.tolist()):
        for column, count in enumerate(line):
            right, dark = row == column, row != column and 2 * count > int(mistakes.max())
            colour, weight = "white" if dark else "black", "bold" if right else "normal"
            panel.text(column, row, str(count), ha="center", va="center", color=colour, weight=weight)
    panel.set(xlabel="predicted", ylabel="true", xticks=range(len(counts)), yticks=range(len(counts)))
    return figure


def learning_curve(losses: Sequence[float]) -> Figure:
    """The mean training loss of each epoch."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    panel = figure.subplots()
    panel.plot(range(1, len(losses) + 1), losses, marker="o")
    panel.set(xlabel="epoch", ylabel="training loss per image")
    panel.set_ylim(bottom=0)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))  # also where there is one epoch
    panel.grid(alpha=0.3)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write `figure` as a PNG. The folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100, format="png")
