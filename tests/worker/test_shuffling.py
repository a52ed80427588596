"""Shuffling a network keeps its numbers in another order. Nobody can foresee that order."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from grader.worker.probes.shuffling import redraw, scramble

KEY = b"a key"
Shuffle = Callable[[nn.Module, bytes], None]


def net(seed: int = 0) -> nn.Module:
    """Make two random layers and two buffers. One buffer has features, one a constant."""
    torch.manual_seed(seed)
    made = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 10))
    made.register_buffer("features", torch.randn(30, 40))
    made.register_buffer("mean", torch.full((30, 40), 0.1307))
    return made


def values(tensor: Tensor) -> list[float]:
    """Return the numbers of a tensor, sorted."""
    return sorted(tensor.detach().flatten().tolist())


def after(shuffle: Shuffle, key: bytes, of: nn.Module) -> nn.Module:
    """Return a shuffled copy of a network."""
    made = copy.deepcopy(of)
    shuffle(made, key)
    return made


@pytest.mark.parametrize("shuffle", [redraw, scramble])
def test_each_parameter_keeps_its_numbers_and_loses_their_order(shuffle: Shuffle) -> None:
    """Each parameter keeps its numbers and loses their order. The order depends on the key."""
    before, one, again, other = (
        net(),
        after(shuffle, KEY, net()),
        after(shuffle, KEY, net()),
        after(shuffle, b"x", net()),
    )
    for (name, old), new in zip(before.named_parameters(), one.parameters(), strict=True):
        assert values(old) == values(new)
        assert not torch.equal(old, new)
        assert torch.equal(new, again.get_parameter(name))
        assert not torch.equal(new, other.get_parameter(name))


@pytest.mark.parametrize("shuffle", [redraw, scramble])
def test_no_order_can_be_prepared_for(shuffle: Shuffle) -> None:
    """No order can be prepared for. It depends on all values, so undoing a known one beforehand fails."""
    first = after(shuffle, KEY, net())
    start = net()
    places = torch.arange(start[0].weight.numel(), dtype=torch.float32).view_as(start[0].weight)
    with torch.no_grad():
        start[0].weight.copy_(places)
    order = after(shuffle, KEY, start)[0].weight.long().flatten()
    prepared = net()
    with torch.no_grad():
        prepared[0].weight.view(-1)[order] = net()[0].weight.flatten()
    undone = after(shuffle, KEY, prepared)
    assert not torch.equal(undone[0].weight, net()[0].weight)
    assert values(undone[0].weight) == values(first[0].weight)


def test_buffers_with_features_are_redrawn_and_constants_are_not() -> None:
    """Buffers with features are redrawn, constants are not. A mean, a grid or a mask is a constant."""
    made = after(redraw, KEY, net())
    assert torch.equal(made.mean, net().mean)
    assert values(made.features) == values(net().features)
    assert not torch.equal(made.features, net().features)


def test_copies_of_parameters_are_scrambled_too() -> None:
    """Copies of parameters are scrambled too.

    Averages and the best state may lie in attributes, lists and dictionaries.
    """
    made = net()
    made.best = {name: parameter.detach().clone() for name, parameter in made.named_parameters()}
    made.averages = [parameter.detach() + 1 for parameter in made.parameters()]
    before = copy.deepcopy(made)
    scramble(made, KEY)
    for name, tensor in made.best.items():
        assert not torch.equal(tensor, before.best[name])
    for new, old in zip(made.averages, before.averages, strict=True):
        assert values(new) == values(old)
        assert not torch.equal(new, old)


def test_a_tied_parameter_is_shuffled_once() -> None:
    """A tied parameter is shuffled once, and stays tied."""
    made = nn.Sequential(nn.Linear(20, 20), nn.Linear(20, 20))
    made[1].weight = made[0].weight
    scramble(made, KEY)
    assert made[1].weight is made[0].weight


def test_what_cannot_be_written_is_left_alone() -> None:
    """Tensors that cannot be written are left alone. They share memory, are sparse, or come from inference mode."""
    made = nn.Module()
    made.expanded = nn.Parameter(torch.zeros(1, 5).expand(4, 5))
    made.register_buffer("sparse", torch.eye(5).to_sparse())
    with torch.inference_mode():
        made.register_buffer("frozen", torch.randn(40, 40))
    redraw(made, KEY)
    scramble(made, KEY)
