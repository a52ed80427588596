"""The probe of layers: which weights one forward pass uses, and how deep it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ...protocol.observations import Layers
from ..bench import Bench
from .graph import leaves
from .operations import CONVOLUTIONS, mixes


@dataclass(frozen=True)
class _Origin:
    """What a tensor was computed from. `depth`: on how many layers with weights the way from the images has passed."""

    images: bool = False
    weights: bool = False
    depth: int = 0


class _Depth(TorchDispatchMode):
    """Follows images and weights below autograd, whichever modules or functions use them.

    A layer is an operation that mixes what comes from the images with a tensor of two or more dimensions that comes
    from parameters alone: a registered one, a part cut out of one, a product of several.
    """

    def __init__(self, images: Tensor, weights: Iterable[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves the class without annotations
        self.convolutions, self.depth = 0, 0
        self.used: set[tuple[int, int]] = set()
        """Weights by their place in memory and their size: a transposed view is the same weight again."""
        self._kept: list[Tensor] = []
        self._known: dict[int, _Origin] = {}
        self._learn([images], _Origin(images=True))
        self._learn(weights, _Origin(weights=True))

    def _learn(self, tensors: Iterable[Tensor], origin: _Origin) -> None:
        for tensor in tensors:
            self._known[id(tensor)] = origin
            self._kept.append(tensor)  # alive, so that neither an id nor a place in memory is used twice

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        result = func(*args, **(kwargs or {}))
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        self.convolutions += name.startswith(CONVOLUTIONS)
        if outputs:
            self._learn(outputs, self._origin(name, inputs, outputs[0]))
        return result

    def _origin(self, name: str, inputs: list[Tensor], output: Tensor) -> _Origin:
        pairs = [(tensor, self._known.get(id(tensor), _Origin())) for tensor in inputs]
        images = [(tensor, origin) for tensor, origin in pairs if origin.images]
        weights = [tensor for tensor, origin in pairs if origin.weights and not origin.images]
        if not images:
            return _Origin(weights=bool(weights))
        depth = max(origin.depth for _, origin in images)
        matrices = [tensor for tensor in weights if tensor.ndim >= 2]
        if matrices and name != "cat" and any(mixes(name, tensor, output) for tensor, _ in images):
            depth += 1
            self.used |= {(tensor.data_ptr(), tensor.numel()) for tensor in matrices}
        self.depth = max(self.depth, depth)
        return _Origin(images=True, depth=depth)


def layers(bench: Bench) -> Layers:
    """Look at which weights and which operations one pass in train mode uses."""
    net, images = bench.net().train(), bench.images[:4].to(bench.device, copy=True)
    with _Depth(images, net.parameters()) as passed:
        scores = bench.scores(net, images)
    tensors = {id(tensor) for tensor in (*net.parameters(), *leaves(scores)) if tensor.ndim >= 2}
    # one tensor may hold the weights of all layers, and a layer used many times (by a recurrent net) is one
    return Layers(max(len(tensors), min(passed.depth, len(passed.used))), passed.convolutions)
