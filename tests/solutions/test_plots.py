"""Each figure is written as a PNG and shows its data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from solutions import plots
from tests.testing.small_mnist import blank


def titled(figure: Figure) -> list[Axes]:
    """Return the panels with a title, in order."""
    return [panel for panel in figure.axes if panel.get_title()]


LABELS = torch.arange(16) % 10
FIGURES: dict[str, Callable[[], Figure]] = {
    "digits": lambda: plots.digits(blank(16), LABELS),
    "predictions": lambda: plots.predictions(blank(16), LABELS, LABELS.flip(0)),
    "pixels": lambda: plots.pixels(blank(1)[0], 7),
    "confusion": lambda: plots.confusion_matrix(torch.eye(10, dtype=torch.int64)),
    "curve": lambda: plots.learning_curve([0.5, 0.3, 0.2]),
}
"""A figure of each kind. It is drawn when called."""


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_figure_is_saved_as_png(draw: Callable[[], Figure], tmp_path: Path) -> None:
    """A figure is saved as a PNG of some size. Its folder is made."""
    path = tmp_path / "new" / "figure.png"
    plots.save(draw(), path)
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(content[16:20], "big") >= 600  # the width, as the PNG's header states it


def test_predictions_are_green_where_right_and_red_where_wrong() -> None:
    """Predictions are green where right and red where wrong. The title says "predicted (true)"."""
    figure = plots.predictions(blank(2), torch.tensor([7, 3]), torch.tensor([7, 8]))
    right, wrong = titled(figure)
    assert (right.get_title(), wrong.get_title()) == ("7 (7)", "8 (3)")
    assert to_rgba(right.title.get_color()) == to_rgba("tab:green")
    assert to_rgba(wrong.title.get_color()) == to_rgba("tab:red")


def test_only_the_first_sixteen_are_shown() -> None:
    """Of a batch only the first sixteen images are shown."""
    assert len(titled(plots.digits(blank(20), torch.arange(20) % 10))) == 16
    assert len(titled(plots.digits(blank(3), torch.arange(3)))) == 3


def test_every_pixel_has_its_value() -> None:
    """Each of the 784 pixels shows its value. It stands out from the grey below."""
    image = blank(1)[0]
    image[0, 2, 3], image[0, 2, 4] = 1.0, 0.25
    texts = plots.pixels(image, 7).axes[0].texts
    assert len(texts) == 28 * 28
    shown = {text.get_position(): text for text in texts}
    assert (shown[3, 2].get_text(), shown[3, 2].get_color()) == ("1.00", "black")
    assert (shown[4, 2].get_text(), shown[4, 2].get_color()) == ("0.25", "white")
    assert shown[0, 0].get_text() == "0"


def test_confusion_matrix_shows_every_count() -> None:
    """The confusion matrix shows every count.

    Rows are true digits; right answers are not coloured, as they would drown the mistakes.
    """
    counts = torch.zeros(10, 10, dtype=torch.int64)
    counts[4, 9], counts[4, 4] = 12, 900
    panel = plots.confusion_matrix(counts).axes[0]
    shown = {text.get_position(): text.get_text() for text in panel.texts}
    assert shown[9, 4] == "12"
    assert shown[4, 4] == "900"
    assert panel.images[0].get_array()[4, 4] == 0


def test_learning_curve_counts_epochs_from_one() -> None:
    """The learning curve counts epochs from one. Each has one point, and the axis begins at zero."""
    panel = plots.learning_curve([0.5, 0.3, 0.2]).axes[0]
    assert panel.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert panel.get_ylim()[0] == 0


@pytest.mark.parametrize("n_epochs", [1, 2, 15])
def test_learning_curve_has_whole_epochs_on_its_axis(n_epochs: int) -> None:
    """The learning curve's axis has whole epochs only."""
    ticks = plots.learning_curve([0.5] * n_epochs).axes[0].get_xticks()
    assert [tick for tick in ticks if tick != int(tick)] == []
    assert any(1 <= tick <= n_epochs for tick in ticks)
