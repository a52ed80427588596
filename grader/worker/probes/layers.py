"""The probe of layers: weights used, and depth. It follows one forward pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from ...protocol.observations import Layers
from ..bench import Bench, Blocked
from ..leniency import scores_of
from ..originals import registered
from .graph import leaves
from .operations import CONVOLUTIONS, mixes
from .tracing import Operation, Tracer


@dataclass(frozen=True)
class _Ancestry:
    """How deep in the network a tensor lies. `depth`: how many layers with weights lie between the images and it."""

    images: bool = False
    weights: bool = False
    depth: int = 0


class _Depth(Tracer[_Ancestry]):
    """Follows images and weights, counting layers.

    A layer is an operation that mixes what comes from the images with a tensor of two or more dimensions that comes
    from parameters alone: a registered one, a part cut out of one, a product of several.
    """

    def __init__(self, images: Tensor, weights: Iterable[Tensor]) -> None:
        super().__init__()
        self.convolutions, self.depth = 0, 0
        self.used: set[tuple[int, int]] = set()
        """Weights by place in memory and size. A transposed view is the same weight again."""
        self.learn([images], _Ancestry(images=True))
        self.learn(weights, _Ancestry(weights=True))

    def origin_of_unknown(self, tensor: Tensor) -> _Ancestry:  # noqa: ARG002 - any tensor
        """Neither of the images nor of the weights."""
        return _Ancestry()

    def done(self, operation: Operation[_Ancestry], outputs: list[Tensor]) -> None:
        """Count a convolution or layer that was computed."""
        self.convolutions += operation.name.startswith(CONVOLUTIONS)
        if outputs:
            self.learn(outputs, self._origin_after(operation, outputs[0]))

    def _origin_after(self, operation: Operation[_Ancestry], output: Tensor) -> _Ancestry:
        """Return the origin of `output`. It is one layer deeper if `operation` is one."""
        images = [(tensor, origin) for tensor, origin in operation.pairs if origin.images]
        weights = [tensor for tensor, origin in operation.pairs if origin.weights and not origin.images]
        if not images:
            return _Ancestry(weights=bool(weights))
        depth = max(origin.depth for _, origin in images)
        matrices = [tensor for tensor in weights if tensor.ndim >= 2]
        if matrices and operation.name != "cat" and any(mixes(operation.name, tensor, output) for tensor, _ in images):
            depth += 1
            self.used |= {(tensor.data_ptr(), tensor.numel()) for tensor in matrices}
        self.depth = max(self.depth, depth)
        return _Ancestry(images=True, depth=depth)


def layers(bench: Bench) -> Layers:
    """Count the layers of one pass. It looks at which weights and which operations a pass in train mode uses."""
    net = bench.working(bench.net())
    parameters = [parameter for _, parameter in registered(net)]
    images = bench.manner().shaped(bench.batch(4).to(bench.device, copy=True))
    with _Depth(images, parameters) as passed:
        scores = scores_of(net, images)
    if scores is None:
        raise Blocked("shapes")
    tensors = {id(tensor) for tensor in (*parameters, *leaves(scores)) if tensor.ndim >= 2}
    # one tensor may hold the weights of all layers, and a layer used many times (by a recurrent net) is one
    return Layers(max(len(tensors), min(passed.depth, len(passed.used))), passed.convolutions)
