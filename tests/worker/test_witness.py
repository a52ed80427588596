"""The witness sees dropout in the graded training. It looks at some passes, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as modules

from grader.worker.loader import BatchLoader, DigitSet, listening
from grader.worker.probes.witness import PASSES, Watcher

SAMPLES, BATCH_SIZE, EPOCHS = 120, 4, 2


class Net(nn.Module):
    """A network 784 → 8 → 10 whose dropout rate may change."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.hidden, self.out, self.drop = nn.Linear(784, 8), nn.Linear(8, 10), nn.Dropout(p)

    def forward(self, images: Tensor) -> Tensor:
        """Return scores (N, 10)."""
        scores: Tensor = self.out(self.drop(self.hidden(images.flatten(1)).relu()))
        return scores


def trained(net: nn.Module, watcher: Watcher | None, *, at_once: bool = False) -> list[float]:
    """Train shortly with a watcher, and return the losses."""
    torch.manual_seed(3)
    digits = DigitSet(torch.randint(0, 256, (SAMPLES, 28, 28), dtype=torch.uint8), torch.arange(SAMPLES) % 10)
    loader, optimizer, losses = BatchLoader(digits, BATCH_SIZE), torch.optim.SGD(net.parameters(), lr=0.001), []
    whole = (digits.images.unsqueeze(1) / 255, digits.labels)

    def batches() -> Iterable[tuple[Tensor, Tensor]]:
        return zip(*(part.split(BATCH_SIZE) for part in whole), strict=True) if at_once else loader

    with listening(watcher or Watcher(net, BATCH_SIZE, 1, 0)):
        if at_once:
            _ = digits.images
        for _ in range(EPOCHS):
            for images, labels in batches():
                loss = nn.functional.cross_entropy(net(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(float(loss.detach()))
    if watcher is not None:
        watcher.leave()
    return losses


def watcher_of(net: nn.Module) -> Watcher:
    """Make a watcher of the whole training."""
    return Watcher(net, BATCH_SIZE, EPOCHS * SAMPLES // BATCH_SIZE, seed=5)


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(("p", "dropping"), [(0.5, True), (0.0, False)])
def test_dropout_is_seen(p: float, dropping: bool, at_once: bool) -> None:
    """Dropout is seen in each pass that was chosen. Batches may come from the loader or be cut from the whole set."""
    net = Net(p)
    watcher = watcher_of(net)
    trained(net, watcher, at_once=at_once)
    assert watcher.seen.traced == PASSES
    assert watcher.seen.dropping == (PASSES if dropping else 0)


@pytest.mark.parametrize("bias", [-1e6, float("nan")])
def test_a_network_without_life_is_no_witness(bias: float) -> None:
    """A network without life is no witness.

    Dropout does nothing to units that are dead, or whose values are no numbers. Nobody has switched it off.
    """
    net = Net(0.5)
    nn.init.constant_(net.hidden.bias, bias)
    watcher = watcher_of(net)
    trained(net, watcher)
    assert watcher.seen.traced == 0


def test_nothing_is_changed() -> None:
    """The witness changes no loss, and leaves no hook."""
    torch.manual_seed(0)
    watched, alone = Net(0.3), Net(0.3)
    alone.load_state_dict(watched.state_dict())
    assert trained(watched, watcher_of(watched)) == trained(alone, None)
    assert not modules._global_forward_hooks
    assert not modules._global_forward_pre_hooks


def test_evaluation_is_no_training() -> None:
    """A network in eval mode is not traced."""
    net = Net(0.5).eval()
    watcher = watcher_of(net)
    trained(net, watcher)
    assert watcher.seen.traced == 0


def test_a_network_that_raises_is_left_alone() -> None:
    """A trace ends with its pass, even where that raises."""

    class Failing(Net):
        def forward(self, images: Tensor) -> Tensor:
            if torch.is_grad_enabled() and self.fails:
                raise ValueError("no")
            return super().forward(images)

        fails = True

    net = Failing(0.5)
    watcher = Watcher(net, BATCH_SIZE, 2, 0)
    with listening(watcher):
        watcher.note_handed([0])
        watcher.note_handed([1])
        with pytest.raises(ValueError, match="no"):
            net(torch.rand(4, 1, 28, 28))
    assert torch.zeros(2).add(1).sum() == 2
    watcher.leave()
    assert watcher.seen.traced == 0
    assert not modules._global_forward_hooks
