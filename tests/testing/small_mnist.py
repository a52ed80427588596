"""Small digits in MNIST's own files. What reads MNIST runs on them unchanged, in seconds."""

from __future__ import annotations

import struct
from pathlib import Path

import torch
from torch import Tensor

from solutions.data import FILES, load_digits


def _idx(values: Tensor) -> bytes:
    """Write uint8 `values` in the format of MNIST's files. It is a magic number, the sizes, the bytes."""
    header = struct.pack(">HBB", 0, 8, values.dim()) + struct.pack(f">{values.dim()}I", *values.shape)
    return header + values.byte().contiguous().numpy().tobytes()


def write_mnist(root: Path, *parts: Tensor) -> Path:
    """Write images and labels below `root` as torchvision does. They are to train with and to test with.

    Args:
        root: what torchvision calls so; nothing lies there yet.
        parts: the four, values of 0 to 255: images (N, 28, 28), labels (N,).
    """
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, values in zip(FILES, parts, strict=True):
        (raw / name).write_bytes(_idx(values))
    return root


def write_small_mnist(root: Path, *, repeats: int = 1, seen_before: bool = False) -> Path:
    """Write the digits below `root`, as torchvision lays MNIST out.

    Args:
        root: what torchvision calls so.
        repeats: how often each training image occurs; more of them make more steps of an epoch.
        seen_before: test on training images, for tests that any trained network should pass.
    """
    digits = load_digits()
    test = digits.train if seen_before else digits.test
    parts = (
        digits.train.images.repeat(repeats, 1, 1),
        digits.train.labels.repeat(repeats),
        test.images,
        test.labels,
    )
    return write_mnist(root, *parts)


def blank(n: int) -> Tensor:
    """Return n black images, float32 (n, 1, 28, 28)."""
    return torch.zeros(n, 1, 28, 28)
