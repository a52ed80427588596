"""The working parts of a broken submission are found."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
import torch

from grader.worker.partly import is_stub
from grader.worker.probes.training import runs
from tests.testing.bench import Examine

STUBS = {
    "as given": 'def train(model):\n    """Train."""\n    raise NotImplementedError("TODO: write this part")\n',
    "without words": "def train(model):\n    # TODO\n    raise NotImplementedError\n",
}
NO_STUBS = {
    "does something first": "def train(model):\n    model.train()\n    raise NotImplementedError\n",
    "another error": "def train(model):\n    raise ValueError\n",
    "nothing": 'def train(model):\n    """Train."""\n',
    "decorated": "import functools\n@functools.cache\ndef train(model):\n    raise NotImplementedError\n",
    "no function": "train = print\n",
}


@pytest.mark.parametrize("source", [*STUBS, *NO_STUBS])
def test_a_stub_does_nothing_but_say_so(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stub is a function that only says so. No call could show anything further."""
    (tmp_path / "loop_to_read.py").write_text({**STUBS, **NO_STUBS}[source], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert is_stub(importlib.import_module("loop_to_read").train) is (source in STUBS)
    finally:
        sys.modules.pop("loop_to_read", None)


def test_a_stub_is_told_of_without_an_optimizer(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stub is told without making an optimizer. That would import torch's compiler, and take seconds."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an optimizer was made")

    monkeypatch.setattr(torch.optim.Optimizer, "__init__", refuse)
    stub = """
        def train(model, train_loader, criterion, optimizer, n_epochs, device):
            raise NotImplementedError("TODO")
    """
    with pytest.raises(NotImplementedError, match="TODO"):
        runs(examine(training=stub))
