"""Coordinates for drawings: curves, scales, pictures. They are numbers only, no words."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

SIDE = 28
_MOST_MARKS = 60
"""Epochs up to which a curve's points are marked."""


@lru_cache(maxsize=64)
def png(pixels: bytes) -> str:
    """Encode a grey image as the URL of a PNG.

    It has 28 rows of 28 bytes; the URL holds the picture itself, "data:…" (W3C PNG, 3rd edition).

    Raises:
        ValueError: there are not as many pixels.
    """
    if len(pixels) != SIDE * SIDE:
        raise ValueError(f"{len(pixels)} pixels are no image of {SIDE} by {SIDE}")

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)  # 8 bits of grey, not interlaced
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b""))
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def ticks(highest: float, most: int = 5) -> list[float]:
    """Return about `most` round numbers from 0 up. The last is at least `highest` > 0."""
    rough = highest / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
    return [step * i for i in range(math.ceil(highest / step - 1e-9) + 1)]


@dataclass(frozen=True)
class Line:
    """A curve in the units of a drawing.

    Args:
        paths: `d` of SVG paths, a further one after each value that is no number.
        marks: where single points are marked; none where there would be too many.
    """

    paths: tuple[str, ...]
    marks: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """Curves over epochs, with their axes. x and y are in the units of the drawing, y downwards.

    Args:
        lines: in the order in which they were given.
        x_ticks: epoch and its place.
        y_ticks: loss, as it is written, and its place.
    """

    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[int, float], ...]
    y_ticks: tuple[tuple[str, float], ...]
    width: float
    height: float
    left: float
    bottom: float


def _line(values: Sequence[float], xs: Sequence[float], y_of: float, base: float) -> Line:
    """Draw `values` at `xs` as a curve. A value of 1 is `y_of` units above `base`; what is no number leaves a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, value in zip(xs, values, strict=False):
        if math.isfinite(value):
            runs[-1].append((round(x, 1), round(base - max(0.0, value) * y_of, 1)))
        elif runs[-1]:
            runs.append([])
    paths = tuple("M" + "L".join(f"{x:g},{y:g}" for x, y in run) for run in runs if run)
    return Line(paths, tuple(point for run in runs for point in run) if len(values) <= _MOST_MARKS else ())


def chart(
    curves: Sequence[Sequence[float]], *, width: float = 640, height: float = 260, most_finite: float = 1e12
) -> Chart | None:
    """Draw curves by epoch over one common scale.

    Epochs begin at 1 and the scale at 0; None where no value can be drawn.

    Args:
        curves: values by epoch; what is negative, as some losses are, is drawn at 0.
        width: of the drawing.
        height: of the drawing.
        most_finite: what is above counts as no number.
    """
    curves = [[value if abs(value) <= most_finite else math.nan for value in curve] for curve in curves]
    finite = [value for curve in curves for value in curve if math.isfinite(value)]
    if not finite:
        return None
    left, right, top, bottom = 52.0, 12.0, 10.0, height - 44.0
    values = ticks(max(*finite, 1e-6))
    n_epochs = max(map(len, curves))
    across = (width - left - right) / max(1, n_epochs - 1)
    xs = [left + across * i for i in range(n_epochs)]
    y_of = (bottom - top) / values[-1]
    every = max(1, round(ticks(n_epochs, 8)[1])) if n_epochs > 1 else 1
    epochs = sorted({1, *range(every, n_epochs + 1, every)})
    return Chart(
        lines=tuple(_line(curve, xs, y_of, bottom) for curve in curves),
        x_ticks=tuple((epoch, round(xs[epoch - 1], 1)) for epoch in epochs if epoch == 1 or epoch >= every),
        y_ticks=tuple((f"{value:.6g}", round(bottom - value * y_of, 1)) for value in values),
        width=width,
        height=height,
        left=left,
        bottom=bottom,
    )


def floor_for(shares: Sequence[float]) -> float:
    """Return where a scale of shares should begin. It ends at 1, and the least share can be told from the greatest."""
    least = min(shares)
    return next((floor for floor in (0.98, 0.95, 0.9, 0.5) if least >= floor), 0.0)


def heat(count: int, most: int) -> int:
    """Return a cell's darkness, from 0 to 4. It goes by the share of the greatest count; the smallest stay light."""
    return 0 if count <= 0 or most <= 0 else min(4, int(4 * count / most + 0.6))
