"""A published data set of a few digits, so that finding and verifying can be tested without 55 MB of MNIST."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from grader.datasets import mnist
from grader.datasets.mnist import PublishedFile
from tests.testing.published import CONTENTS, md5


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
