"""A few digits in the file format of MNIST."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np

from grader.datasets import mnist


def idx(array: np.ndarray) -> bytes:
    """Write an array of bytes as IDX."""
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def md5(content: bytes) -> str:
    """Return an MD5 as published beside files."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def write_root(root: Path, *, packed: bool = True, plain: bool = False) -> Path:
    """Write all four files of the small set below `root`. They may be packed, plain or both."""
    folder = mnist.raw_folder(root)
    folder.mkdir(parents=True)
    for file in mnist.FILES:
        content = CONTENTS[file.name]
        if packed:
            (folder / f"{file.name}.gz").write_bytes(gzip.compress(content, mtime=0))
        if plain:
            (folder / file.name).write_bytes(content)
    return root


def _contents() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    arrays = (
        rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        rng.integers(0, 10, 20, dtype=np.uint8),
        rng.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        rng.integers(0, 10, 10, dtype=np.uint8),
    )
    return {file.name: idx(array) for file, array in zip(mnist.FILES, arrays, strict=True)}


CONTENTS = _contents()
