"""Measure the cost of reaching 99 % on MNIST.

The reference solution is compared with the plain loop of PyTorch's MNIST example.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.base import Bench, Row, Unit, Unmeasured

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

TARGET = 0.99
EXAMPLE_EPOCHS = 14
"""Epochs after which the example gives up, whatever its accuracy."""
MEAN, DEVIATION = 0.1307, 0.3081
"""Mean and deviation of MNIST's pixels, copied from the example."""


def example_net() -> nn.Module:
    """The network of github.com/pytorch/examples, mnist/main.py."""
    from torch import nn

    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU()),
        *(nn.Conv2d(32, 64, 3), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()),
        *(nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5)),
        *(nn.Linear(128, 10), nn.LogSoftmax(dim=1)),
    )


def _accuracy(net: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    import torch

    right = seen = 0
    net.eval()
    with torch.inference_mode():
        for images, labels in batches:
            right += int((net(images).argmax(dim=1) == labels).sum())
            seen += len(labels)
    return right / seen


def _one_epoch(net: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], optimizer: torch.optim.Optimizer) -> None:
    from torch.nn import functional

    net.train()
    for images, labels in batches:
        optimizer.zero_grad()
        loss: Tensor = functional.nll_loss(net(images), labels)
        loss.backward()
        optimizer.step()


def train_example(root: Path, seed: int, epochs: int, show: Callable[[str], None]) -> tuple[float, float]:
    """Train PyTorch's example until it reads 99 % of test digits.

    Args:
        root: holds MNIST, as torchvision lays it out.
        seed: seeds torch.
        epochs: the most epochs to train.
        show: called with a line about each epoch.

    Returns:
        Processor seconds of the training without the tests, and the accuracy.
    """
    import torch
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    torch.manual_seed(seed)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (DEVIATION,))])
    test = DataLoader(datasets.MNIST(root, train=False, transform=transform), batch_size=1000)
    used = time.process_time()
    net = example_net()
    train = DataLoader(datasets.MNIST(root, train=True, transform=transform), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adadelta(net.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    spent, accuracy = time.process_time() - used, 0.0
    for epoch in range(epochs):
        show(f"the example's epoch {epoch + 1}, {100 * accuracy:.2f} % so far")
        used = time.process_time()
        _one_epoch(net, train, optimizer)
        schedule.step()
        spent += time.process_time() - used
        accuracy = _accuracy(net, test)
        if accuracy >= TARGET:
            break
    return spent, accuracy


def train_reference(root: Path, seed: int) -> tuple[float, float]:
    """Train the reference solution to its end. It uses the kit's loader.

    Args:
        root: holds MNIST, as torchvision lays it out.
        seed: seeds torch and the loader.

    Returns:
        Processor seconds of the training, and the accuracy.
    """
    import torch

    from grader.worker.loader import BatchLoader, DigitSet
    from solutions.data import load_mnist
    from solutions.net import Net
    from solutions.objective import BATCH_SIZE, N_EPOCHS, make_criterion, make_optimizer
    from solutions.training import train

    digits = load_mnist(root)
    torch.manual_seed(seed)
    used = time.process_time()
    net = Net()
    loader = BatchLoader(DigitSet(digits.train.images, digits.train.labels), BATCH_SIZE, seed=seed)
    with contextlib.redirect_stdout(io.StringIO()):
        train(net, loader, make_criterion(), make_optimizer(net), N_EPOCHS, torch.device("cpu"))
    spent = time.process_time() - used
    return spent, _accuracy(net, [digits.test.batch(range(len(digits.test)))])


def _found(bench: Bench) -> Path:
    """Write MNIST into the benchmark's folder, for torchvision.

    Where it is loaded from, there may be only compressed files.
    """
    import numpy as np
    import torch

    from grader.datasets import load
    from grader.errors import DataError
    from tests.testing.small_mnist import write_mnist

    try:
        whole = load("mnist", notify=bench.show)
    except DataError as error:
        raise Unmeasured(f"there is no MNIST: {error}") from error
    parts = (whole.train_images, whole.train_labels, whole.test_images, whole.test_labels)
    return write_mnist(bench.folder, *(torch.from_numpy(np.array(part)) for part in parts))


def _row(what: str, trained: list[tuple[float, float]], unit: Unit | None = None) -> Row:
    low, high = (100 * pick(accuracy for _, accuracy in trained) for pick in (min, max))
    return Row(f"{what} ({low:.2f} to {high:.2f} %)", tuple(spent for spent, _ in trained), "CPU s", unit)


def measure(bench: Bench) -> list[Row]:
    """Train both in each round. The number of the round is the seed, and torch runs with one thread."""
    import torch

    torch.set_num_threads(1)
    root = _found(bench)
    example, ours = [], []
    for seed in bench.each_round("training on MNIST"):
        bench.show(f"the reference solution, round {seed + 1} of {bench.rounds}")
        ours.append(train_reference(root, seed))
        example.append(train_example(root, seed, EXAMPLE_EPOCHS, bench.show))
    theirs = _row("PyTorch's MNIST example until it reaches 99 %", example)
    return [theirs, _row("the reference solution to its end", ours, Unit("the example", theirs.values))]
