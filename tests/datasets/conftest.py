"""Replace MNIST with a few digits. So finding and verifying can be tested without its 55 MB."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from grader.datasets import mnist
from grader.datasets.mnist import PublishedFile
from tests.testing.published import CONTENTS, md5


@pytest.fixture
def small_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Publish the small set in place of MNIST. Neither the environment nor a cache holds any data."""
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
    """A list for a loader's notes: pass `notes.append`."""
    return []
