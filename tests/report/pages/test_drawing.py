"""The numbers that templates draw with are right. They make pictures, ticks, curves and scales."""

from __future__ import annotations

import base64
import io
import math

import matplotlib.image
import numpy as np
import pytest

from grader.report.pages.drawing import chart, floor_for, heat, png, ticks


def test_a_picture_has_the_pixels_it_was_made_of() -> None:
    """Another program reads the same pixels from a picture."""
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    address = png(pixels.tobytes())
    head, _, body = address.partition(",")
    assert head == "data:image/png;base64"
    read = matplotlib.image.imread(io.BytesIO(base64.b64decode(body)), format="png")
    assert np.array_equal(np.rint(read * 255), pixels)


def test_a_picture_of_another_size_is_refused() -> None:
    """A picture of another size is refused, not drawn askew."""
    with pytest.raises(ValueError, match="783"):
        png(bytes(783))


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (2.1, [0, 0.5, 1, 1.5, 2, 2.5]),
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.03, [0, 0.01, 0.02, 0.03]),
        (47, [0, 10, 20, 30, 40, 50]),
    ],
)
def test_ticks_are_round_and_reach_the_top(highest: float, expected: list[float]) -> None:
    """A scale has about five round ticks from 0."""
    assert ticks(highest) == pytest.approx(expected)


def test_a_curve_goes_from_the_first_epoch_to_the_last_and_downwards_on_paper() -> None:
    """A curve goes from left to right, and down as loss falls. Both curves have one scale."""
    drawn = chart([[2.0, 1.0], [2.0, 1.0, 0.0]])
    assert drawn is not None
    (first, second), base = drawn.lines, drawn.bottom
    assert first.marks[:2] == second.marks[:2]
    xs, ys = zip(*second.marks, strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys)
    assert ys[-1] == base
    assert xs[0] == drawn.left
    assert xs[-1] <= drawn.width
    assert [epoch for epoch, _ in drawn.x_ticks] == [1, 2, 3]


def test_gaps_begin_a_new_path() -> None:
    """A value that is no number leaves a gap. With nothing to draw there is no chart."""
    drawn = chart([[1.0, math.nan, 1.0, 0.5]])
    assert drawn is not None
    assert len(drawn.lines[0].paths) == 2
    assert chart([[math.nan, math.inf], []]) is None


def test_ticks_of_many_epochs_are_few() -> None:
    """However many epochs there are, their ticks are few. A single epoch has one."""
    for n, most in ((1, 1), (15, 10), (50, 12), (1000, 12)):
        drawn = chart([[1.0] * n])
        assert drawn is not None
        assert 1 <= len(drawn.x_ticks) <= most
        assert all(1 <= epoch <= n for epoch, _ in drawn.x_ticks)


def test_scales_begin_where_the_least_can_be_told() -> None:
    """A scale never begins above the least value."""
    assert [floor_for([0.999, share]) for share in (0.985, 0.96, 0.91, 0.6, 0.1)] == [0.98, 0.95, 0.9, 0.5, 0.0]


def test_heat_grows_with_the_count() -> None:
    """Colour grows with the count. Nothing has none, and the most has the deepest."""
    assert heat(0, 50) == heat(1, 50) == 0
    assert heat(50, 50) == 4
    assert [heat(n, 50) for n in range(51)] == sorted(heat(n, 50) for n in range(51))
    assert heat(1, 1) == 4
    assert heat(0, 0) == 0
