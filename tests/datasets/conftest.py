"""A published data set of a few digits, so that finding and verifying can be tested without 55 MB of MNIST."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from grader.datasets import mnist
from grader.datasets.mnist import PublishedFile
from tests.datasets.test_idx import idx


def md5(content: bytes) -> str:
    """MD5 as published beside files."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def write_root(root: Path, *, packed: bool = True, plain: bool = False) -> Path:
    """A root with all four files of the small set, in the forms asked for."""
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


@pytest.fixture
def small_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The small set is the published one, and neither the environment nor a cache holds any."""
    files = []
    for name, content in CONTENTS.items():
        packed = gzip.compress(content, mtime=0)
        files.append(PublishedFile(name, md5(content), len(content), md5(packed), len(packed)))
    monkeypatch.setattr(mnist, "FILES", tuple(files))
    monkeypatch.delenv(mnist.ROOT_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache-home"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def notes() -> list[str]:
    """Collects what a loader has to tell: pass `notes.append`."""
    return []
