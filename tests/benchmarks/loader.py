"""Compare the kit's loader with torchvision, which reads image by image."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from tests.benchmarks.base import Bench, Goal, Row, Unit

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.data import DataLoader

    from grader.worker.loader import DigitSet

BATCH_SIZES = (16, 64, 128)
REPEATS = 42
"""Copies of the 1,437 small digits.

They make 60,354 images, as many as MNIST has. The time does not depend on what they show.
"""
ONE_BY_ONE = 6_000
"""Images that are read one by one. More would take longer and tell no more."""
STEPS_AT_ONCE = 128
WARM_UP, STEPS = 10, 100


def _rate(loader: Iterable[tuple[Tensor, Tensor]], samples: int) -> float:
    """Thousands of images per processor second. Counted from the beginning of a pass."""
    read, begin = 0, time.process_time()
    for images, _ in loader:
        read += len(images)
        if read >= samples:
            break
    return read / (time.process_time() - begin) / 1000


def _one_by_one(bench: Bench, batch_size: int) -> DataLoader[tuple[Tensor, int]]:
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    data = datasets.MNIST(bench.folder, train=True, transform=transforms.ToTensor())
    return DataLoader(data, batch_size=batch_size, shuffle=True)


def _share_of_a_step(digits: DigitSet) -> float:
    """Per cent of a training step's time spent on its batch. The step is the reference solution's."""
    import torch

    from grader.worker.loader import BatchLoader
    from solutions.net import Net
    from solutions.objective import make_criterion, make_optimizer
    from solutions.training import augment

    net, criterion = Net().train(), make_criterion()
    optimizer = make_optimizer(net)
    loader = iter(BatchLoader(digits, STEPS_AT_ONCE))
    waited = worked = 0.0
    for step in range(WARM_UP + STEPS):
        begin = time.process_time()
        images, labels = next(loader)
        ready = time.process_time()
        optimizer.zero_grad()
        loss: torch.Tensor = criterion(net(augment(images)), labels)
        loss.backward()
        optimizer.step()
        loss.item()
        if step >= WARM_UP:
            waited += ready - begin
            worked += time.process_time() - ready
    return 100 * waited / (waited + worked)


def measure(bench: Bench) -> list[Row]:
    """Measure images per second, and the loader's share of a step. Torch runs with one thread."""
    import torch

    from grader.worker.loader import BatchLoader, DigitSet
    from solutions.data import load_digits
    from tests.testing.small_mnist import write_small_mnist

    torch.set_num_threads(1)
    write_small_mnist(bench.folder, repeats=REPEATS)
    small = load_digits().train
    digits = DigitSet(small.images.repeat(REPEATS, 1, 1), small.labels.repeat(REPEATS))
    rows = []
    for size in BATCH_SIZES:
        theirs = _one_by_one(bench, size)
        ours = BatchLoader(digits, size)
        for loader in (theirs, ours):
            list(islice(loader, WARM_UP))
        measured = {
            f"torchvision, batch {size}": partial(_rate, theirs, ONE_BY_ONE),
            f"ours, batch {size}": partial(_rate, ours, len(digits)),
        }
        rates = bench.in_turns(measured)
        one_by_one, at_once = (tuple(values) for values in rates.values())
        goal = Goal(100, at_most=False) if size < STEPS_AT_ONCE else None
        rows += [
            Row(f"torchvision, image by image, batch {size}", one_by_one, "thousand/CPU s"),
            Row(f"the kit's loader, batch {size}", at_once, "thousand/CPU s", Unit("torchvision", one_by_one), goal),
        ]
    shares = tuple(_share_of_a_step(digits) for _ in bench.each_round("share of a step"))
    rows.append(Row(f"its share of a step of the reference, batch {STEPS_AT_ONCE}", shares, "%", wanted=Goal(5)))
    return rows
