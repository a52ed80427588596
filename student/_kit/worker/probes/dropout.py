"""Probes of dropout: when `Net` is random, and what exactly it multiplies by a random mask.

Theory of operation
-------------------
Dropout can be a module, a function or three lines of arithmetic, so nothing is asked of names. Instead one forward
pass is traced below autograd, operation by operation (`TorchDispatchMode`), and every tensor is put into one of three
classes: *data* (computed from the images or the parameters), *random* (computed from fresh random numbers and
constants only) or neither. A *site* is an operation that combines data with a random tensor and turns some of the
data's non-zero values into zeros: `mul`, `where`, `masked_fill`, indexing; whatever does it. There the share of zeros
and the factor on the rest are simply measured. A plain scaling right before or right after the site is
followed, because `x * mask / (1 - p)` is as right as `x * (mask / (1 - p))`.

A site whose output reaches the scores without passing a layer with weights drops the scores themselves.

A mask made outside torch (NumPy) enters as a tensor nobody has seen; such tensors count as random, and a constant one
does no harm because it zeroes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ...protocol.observations import Masks, ModeRun, Modes, Site
from ..bench import Bench

_RANDOM = frozenset(
    """
    bernoulli bernoulli_ rand rand_like uniform uniform_ randn randn_like normal normal_ random_ randint
    randint_like randperm exponential_ cauchy_ log_normal_ geometric_ multinomial binomial poisson
    """.split()
)
_BLANK = frozenset(
    """
    empty empty_like zeros zeros_like ones ones_like full full_like new_empty new_zeros new_ones new_full
    empty_strided new_empty_strided scalar_tensor arange
    """.split()
)
_WEIGHTS = tuple("mm addmm bmm baddbmm addbmm mv addmv linear conv _conv mkldnn _scaled_dot".split())
_SCALING = frozenset(("mul", "mul_", "div", "div_"))
_MAX_SITES = 64


@dataclass(frozen=True)
class _Origin:
    """What is known of one tensor of the trace."""

    data: bool = False
    random: bool = False
    sites: frozenset[int] = frozenset()
    """Sites whose values got here without passing a layer with weights."""
    behind: frozenset[int] = frozenset()
    """Sites whose values got here at all."""
    output_of: int | None = None
    """The site this tensor is the output of, plain scalings included."""
    scaled_by: float = 1.0
    """The plain factor this tensor was just multiplied by."""


@dataclass
class _Trace(TorchDispatchMode):
    known: dict[int, _Origin] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    flows: list[int] = field(default_factory=list)
    kept: list[Tensor] = field(default_factory=list)
    """Keeps every tensor alive, so that an id is never used twice."""

    def __post_init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves the class without annotations

    def learn(self, tensors: Iterable[Tensor], origin: _Origin) -> None:
        for tensor in tensors:
            self.known[id(tensor)] = origin
            self.kept.append(tensor)

    def origin(self, tensor: Tensor) -> _Origin:
        """A tensor nobody has seen was made outside the trace: random unless it is a single number."""
        return self.known.get(id(tensor), _Origin(random=tensor.ndim > 0))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        origins = [self.origin(tensor) for tensor in inputs]
        # an operation in place overwrites the values that its result is to be compared with
        overwrites = name.endswith("_") and (name in _SCALING or any(o.random for o in origins))
        before = [t.clone() if overwrites and o.data else t for t, o in zip(inputs, origins, strict=True)]
        result = func(*args, **(kwargs or {}))
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        self.learn(outputs, self._classify(name, before, origins, outputs))
        if name == "native_dropout" and len(outputs) == 2:
            self.learn(outputs[1:], _Origin(random=True))
        return result

    def _classify(self, name: str, inputs: list[Tensor], origins: list[_Origin], outputs: list[Tensor]) -> _Origin:
        if name in _RANDOM:
            return _Origin(random=True)
        if name in _BLANK or not outputs:
            return _Origin()
        data = any(o.data for o in origins)
        passes_weights = name.startswith(_WEIGHTS)
        behind = frozenset[int]().union(*(o.behind for o in origins))
        flowing = frozenset[int]() if passes_weights else frozenset[int]().union(*(o.sites for o in origins))
        random = not data and any(o.random for o in origins)
        origin = _Origin(data=data, random=random, sites=flowing, behind=behind)
        if not data or passes_weights:
            return origin
        site = self._measure(name, inputs, origins, outputs[0])
        if site is not None:
            return replace(origin, sites=flowing | {site}, behind=behind | {site}, output_of=site)
        return self._follow_scaling(name, inputs, origins, outputs[0], origin)

    def _measure(self, name: str, inputs: list[Tensor], origins: list[_Origin], output: Tensor) -> int | None:
        """The number of the site if this operation is one."""
        masks = [t.numel() for t, o in zip(inputs, origins, strict=True) if o.random]
        # dropout with p = 1 draws nothing: torch multiplies by a constant zero
        erased = name in _SCALING and any(not o.data for o in origins) and not bool(output.any())
        fused = name == "native_dropout" or erased
        if not (masks or fused) or len(self.sites) >= _MAX_SITES or not output.is_floating_point():
            return None
        for value, origin in zip(inputs, origins, strict=True):
            if origin.data and value.shape == output.shape:
                return self._site(value, origin, output, value.numel() if fused else max(masks))
        return None

    def _site(self, value: Tensor, origin: _Origin, output: Tensor, masks: int) -> int | None:
        alive = value != 0
        dropped = alive & (output == 0)
        if not bool(dropped.any()):
            return None
        ratios = (output / value)[alive & ~dropped].double()
        ratio = float(ratios.median()) if len(ratios) else math.nan
        spread = float((ratios / ratio - 1).abs().max()) if len(ratios) and ratio else 0.0
        count = int(alive.sum())
        zeroed = int(dropped.sum()) / count
        before = origin.scaled_by
        self.sites.append(
            Site(count, min(masks, count), zeroed, ratio, before, 1.0, spread, used=False, on_scores=False)
        )
        return len(self.sites) - 1

    def _follow_scaling(
        self, name: str, inputs: list[Tensor], origins: list[_Origin], output: Tensor, origin: _Origin
    ) -> _Origin:
        if name not in _SCALING or not inputs or inputs[0].shape != output.shape:
            return origin
        if any(other.ndim > 0 for other in inputs[1:]):
            return origin
        source = inputs[0]
        usable = (source != 0) & torch.isfinite(source)
        if not bool(usable.any()):
            return origin
        factor = float((output / source)[usable].double().median())
        number = origins[0].output_of
        if number is None:
            return replace(origin, scaled_by=factor)
        after = self.sites[number].scaled_after * factor
        self.sites[number] = replace(self.sites[number], scaled_after=after)
        return replace(origin, output_of=number)


def _trace(net: nn.Module, images: Tensor) -> list[Site]:
    trace = _Trace()
    inputs = images.clone()
    trace.learn([*net.parameters(), *net.buffers(), inputs], _Origin(data=True))
    with torch.no_grad(), trace:
        scores = net(inputs)
    final = trace.origin(scores) if isinstance(scores, Tensor) else _Origin()
    if not final.data:  # the values took a way round torch, through lists or NumPy: where they went is not known
        final = _Origin(behind=frozenset(range(len(trace.sites))))
    return [
        replace(site, used=number in final.behind, on_scores=number in final.sites)
        for number, site in enumerate(trace.sites)
    ]


def masks(bench: Bench) -> Masks:
    """Trace one forward pass in train mode and one in eval mode."""
    images = bench.images[:64].to(bench.device)
    net = bench.net()
    bench.scores(net, images[:2])
    return Masks(_trace(net.train(), images), _trace(net.eval(), images))


def modes(bench: Bench) -> Modes:
    """Switch the modes back and forth; in each, score the same images twice."""
    net, images = bench.awake_net(), bench.images[:32]
    runs, largest = [], 0.0
    with torch.no_grad():
        for mode in ("train", "eval", "train", "eval"):
            net.train() if mode == "train" else net.eval()
            first, second = bench.scores(net, images), bench.scores(net, images)
            largest = max(largest, float(first.abs().max()))
            runs.append(ModeRun(mode, bool(net.training), float((first - second).abs().max())))
    return Modes(runs, largest)
