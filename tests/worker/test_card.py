"""A training on a graphics card uses page-locked batches.

There is no card here; the tests see what torch is asked for.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.protocol.limits import Limits
from grader.protocol.messages import Phase
from grader.worker import phases
from grader.worker.loader import BatchLoader, DigitSet
from grader.worker.pinned import PinnedSet, digits_for

CARD, CPU = torch.device("cuda"), torch.device("cpu")
IMAGES = torch.arange(10, dtype=torch.uint8).mul(25).view(10, 1, 1).expand(10, 28, 28).contiguous()
LABELS = torch.arange(10)


class Memory:
    """A stand-in for `torch.empty` with plain memory. It counts how often page-locked memory was asked for."""

    def __init__(self, *, refused: bool = False) -> None:
        self.pinned, self.refused, self._empty = 0, refused, torch.empty

    def __call__(self, *size: Any, pin_memory: bool = False, **options: Any) -> torch.Tensor:
        self.pinned += pin_memory
        if pin_memory and self.refused:
            raise RuntimeError("CUDA error: operation not permitted")
        return self._empty(*size, **options)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Let page-locked memory be available."""
    given = Memory()
    monkeypatch.setattr(torch, "empty", given)
    return given


def test_batches_for_a_card_are_those_for_the_processor(memory: Memory) -> None:
    """Batches for a card equal those for the CPU. Only where they lie is different."""
    pinned = digits_for(CARD, IMAGES, LABELS)
    assert isinstance(pinned, PinnedSet)
    asked = memory.pinned
    batches = list(BatchLoader(pinned, 4, seed=3))
    assert memory.pinned - asked == len(batches) == 3
    for (images, labels), (others, their_labels) in zip(
        batches, BatchLoader(DigitSet(IMAGES, LABELS), 4, seed=3), strict=True
    ):
        assert images.device == CPU
        assert images.dtype == torch.float32
        assert torch.equal(images, others)
        assert torch.equal(labels, their_labels)
        images.numpy()  # raises for a tensor on a card


def test_an_epoch_may_be_shorter(memory: Memory) -> None:
    """An epoch on a card may be shorter, too."""
    assert len(list(BatchLoader(digits_for(CARD, IMAGES, LABELS, epoch_samples=4), 2))) == 2


def test_another_process_gets_plain_batches(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked process gets plain batches. It cannot use the card."""
    pinned = digits_for(CARD, IMAGES, LABELS)
    asked = memory.pinned
    monkeypatch.setattr(os, "getpid", lambda: -1)
    images, _ = pinned.batch(torch.tensor([1, 2]))
    assert (images.shape, memory.pinned) == ((2, 1, 28, 28), asked)


def test_where_no_memory_can_be_locked_batches_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without page-locked memory batches are plain. That is no fault of the submission's."""
    monkeypatch.setattr(torch, "empty", Memory(refused=True))
    assert type(digits_for(CARD, IMAGES, LABELS)) is DigitSet


def test_the_processor_needs_no_locked_memory(memory: Memory) -> None:
    """A training on the CPU asks for no page-locked memory."""
    assert type(digits_for(CPU, IMAGES, LABELS)) is DigitSet
    assert memory.pinned == 0


def phase(device: str, share: float) -> Phase:
    """Make a phase without a probe."""
    samples = {"sample_images": np.zeros((2, 28, 28), np.uint8), "sample_labels": np.zeros(2, np.int64)}
    return Phase([], {}, 0, device, Limits(), 10, samples, card_share=share)


@pytest.mark.parametrize(
    ("device", "share", "asked"),
    [("cuda", 0.25, [0.25]), ("cuda", 0.0, [0.0]), ("cuda", 1.0, []), ("cpu", 0.25, [])],
)
def test_each_takes_its_share_of_the_card(
    device: str, share: float, asked: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each phase takes its share of the card.

    It does so before the submission is touched; a training alone takes all of it.
    """
    said: list[float] = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where the submission is unpacked
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", said.append)
    monkeypatch.setattr(phases, "serve", lambda examine: None)
    descriptor = os.open(os.devnull, os.O_WRONLY)
    phases.run_phase(phase(device, share), descriptor, 1)
    os.close(descriptor)
    assert said == asked
