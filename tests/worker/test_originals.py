"""Parameters and numbers are read from where torch keeps them. A submission's own word is not believed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from grader.hidden import test_structure as hidden
from grader.judge.marks import Misconception
from grader.worker.originals import plain, registered, to_numpy
from grader.worker.probes import structure
from tests.testing.bench import NET, Examine

HIDES_A_FROZEN_LAYER = (
    (
        NET
        + """
        self.layers[1].weight.requires_grad = False
    def named_modules(self, *args, **kwargs):
        return [("layers.3", self.layers[3])]
    def named_parameters(self, *args, **kwargs):
        return self.layers[3].named_parameters()
    def parameters(self, recurse=True):
        return self.layers[3].parameters()
"""
    ).replace("    def forward(self, images):\n        return self.layers(images)\n", "")
    + """
    def forward(self, images):
        return self.layers(images)
"""
)
EVERYTHING_IS_EQUAL = (
    "import torch\ntorch.Tensor.__eq__ = lambda self, other: torch.ones(self.shape, dtype=torch.bool)\n"
    "torch.isfinite = lambda values: torch.ones(values.shape, dtype=torch.bool)\n"
    + NET.replace("        return self.layers(images)", "        return nn.Linear(32, 10)(self.layers[:3](images))")
)


@pytest.fixture
def torch_as_it_was() -> Iterator[None]:
    """Put back what a submission overwrites in torch."""
    equal, finite = Tensor.__eq__, torch.isfinite
    yield
    Tensor.__eq__, torch.isfinite = equal, finite  # type: ignore[method-assign]


def hint_of(test: str, examine: Examine, net: str) -> str:
    """Return the message of a test of structure."""
    with pytest.raises(Misconception) as found:
        getattr(hidden, test)(structure.gradients(examine(net=net)))
    return found.value.hint


def test_hidden_parameters_are_found(examine: Examine) -> None:
    """A frozen layer that the network hides is found."""
    assert hint_of("test_gradients", examine, HIDES_A_FROZEN_LAYER) == "structure/frozen-parameter"


def test_overwritten_comparisons_change_nothing(examine: Examine, torch_as_it_was: None) -> None:
    """Overwritten comparisons change nothing.

    A layer made in `forward` is told from the zeros that a recurrent network starts from.
    """
    assert hint_of("test_registered", examine, EVERYTHING_IS_EQUAL) == "structure/layer-created-in-forward"


class Lying(Tensor):
    """A tensor that says it is zero."""

    def __float__(self) -> float:
        return 0.0

    def numpy(self, *, force: bool = False) -> object:
        """Return zeros."""
        return torch.zeros(self.shape).numpy(force=force)


def test_a_class_of_ones_own_changes_no_number() -> None:
    """A submission's own tensor class changes no number.

    That holds for tensors from a network and for arrays made of them.
    """
    lying = torch.ones(2, 3).as_subclass(Lying)
    assert type(plain(lying)) is Tensor
    assert to_numpy(lying).sum() == 6
    weights = torch.ones(2, 3, requires_grad=True)
    plain((weights * 2).as_subclass(Lying)).sum().backward()
    assert weights.grad is not None
    assert weights.grad.sum() == 12


def test_names_are_those_of_torch() -> None:
    """Parameters have torch's names, in torch's order. Modules may be nested and shared."""
    shared = nn.Linear(2, 2)
    net = nn.ModuleDict({"a": nn.Sequential(shared, nn.BatchNorm1d(2), shared), "b": nn.Bilinear(2, 2, 2)})
    net.register_parameter("scale", nn.Parameter(torch.ones(1)))
    net.register_parameter("nothing", None)
    assert list(registered(net)) == list(net.named_parameters())
