"""Probes of dropout: modes and random masks.

They see when `Net` is random, and what exactly it multiplies by a random mask.

Theory of operation
-------------------
Dropout can be a module, a function or three lines of arithmetic, so nothing is asked of names. Instead one forward
pass is traced below autograd, operation by operation (see `tracing`), and every tensor is put into one of three
classes: *data* (computed from the images or the parameters), *random* (computed from fresh random numbers and
constants only) or neither. A *site* is an operation that combines data with a random tensor and turns some of the
data's non-zero values into zeros: `mul`, `where`, `masked_fill`, indexing; whatever does it. There the share of zeros
and the factor on the rest are simply measured. A plain scaling right before or right after the site is
followed, because `x * mask / (1 - p)` is as right as `x * (mask / (1 - p))`.

Dropout works value by value. What moves values about (a random shift, `grid_sample`) leaves zeros too, but it also puts
values where there were zeros, or in the place of others: such an operation is no site.

A site drops the scores themselves if the values that come out of it become the scores one for one: no operation on the
way mixes them or changes their number, as every layer with weights does, however it is written.

A mask made outside torch (NumPy) enters as a tensor nobody has seen; such tensors count as random, and a constant one
does no harm because it zeroes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ...protocol.masks import MAX_SITES, Masks, ModeRun, Modes, Scaling, Site
from ..bench import Bench
from ..idle import idle
from ..leniency import scores_of
from ..originals import registered, to_numpy
from .operations import mixes
from .tracing import Operation, Tracer

SEVERAL = 20
"""Random numbers that are never all zero by chance."""
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
_SCALING = frozenset(("mul", "mul_", "div", "div_"))


@dataclass(frozen=True)
class _Origin:
    """What the trace knows about one tensor."""

    data: bool = False
    images: bool = False
    """Whether the data depends on the images. It does not come from parameters alone."""
    layered: bool = False
    """Whether a layer lies between the images and this. The layer has weights."""
    random: bool = False
    sites: frozenset[int] = frozenset()
    """Sites whose values got here one for one."""
    behind: frozenset[int] = frozenset()
    """Sites whose values got here at all."""
    output_of: int | None = None
    """Site whose output this tensor is. Plain scalings are included."""
    scaled_by: float = 1.0
    """The plain factor this tensor was just multiplied by."""


def _independent(alive: Tensor, mask: Tensor) -> int:
    """Count independent random numbers behind a mask.

    As many of equal weight leave the share of zeros as uncertain as those of `mask` do.

    Where whole channels are dropped, one with many non-zero values weighs more than one with few.
    """
    values = int(alive.sum())
    try:
        weights = alive.double().sum_to_size(mask.shape)
    except RuntimeError:  # it does not say value by value what is dropped
        return min(mask.numel(), values)
    return max(1, round(float(weights.sum() ** 2 / weights.square().sum())))


def _site(value: Tensor, origin: _Origin, output: Tensor, mask: Tensor, *, moves: bool) -> tuple[Site, Tensor] | None:
    """Describe the site where `mask` was applied.

    It has turned `value` into `output`; returned with where it has put zeros. None if it is none.

    `moves`: the operation could do other things than multiply each value by a number.
    """
    alive = value != 0
    dropped = alive & (output == 0)
    if not bool(dropped.any()) or bool((~alive & (output != 0)).any()):
        return None
    ratios = (output / value)[alive & ~dropped].double()
    ratio = float(ratios.median()) if len(ratios) else math.nan
    spread = float((ratios / ratio - 1).abs().max()) if len(ratios) and ratio else 0.0
    if moves and spread > 1e-3:
        return None
    count = int(alive.sum())
    site = Site(
        values=count,
        size=value.numel(),
        masks=_independent(alive, mask),
        zeroed=int(dropped.sum()) / count,
        ratio=ratio,
        scaled_before=origin.scaled_by,
        scaled_after=1.0,
        spread=spread,
        filled_with=0.0,
        used=False,
        on_pixels=origin.images and not origin.layered,
        on_scores=False,
    )
    return site, dropped


def _data_origin(operation: Operation[_Origin], output: Tensor) -> _Origin:
    """The origin of `output`, which was computed from data."""
    name, origins = operation.name, operation.origins
    weighted = any(o.data and not o.images for o in origins)
    layer = weighted and any(o.images and mixes(name, tensor, output) for tensor, o in operation.pairs)
    return _Origin(
        data=True,
        images=any(o.images for o in origins),
        layered=layer or any(o.layered for o in origins),
        sites=frozenset[int]().union(*(o.sites for tensor, o in operation.pairs if not mixes(name, tensor, output))),
        behind=frozenset[int]().union(*(o.behind for o in origins)),
    )


class Trace(Tracer[_Origin]):
    """Finds the sites of one forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.sites: list[Site] = []
        self.dropped: list[Tensor] = []
        """Where each site has put zeros."""
        self.scalings: list[Scaling] = []

    def origin_of_unknown(self, tensor: Tensor) -> _Origin:
        """Return the origin of a tensor nobody has seen.

        It was made outside the trace: it is random unless it is a single number.
        """
        return _Origin(random=tensor.ndim > 0)

    def about_to(self, operation: Operation[_Origin]) -> Operation[_Origin]:
        """Copy data that an in-place operation overwrites. Its result is to be compared with it."""
        name = operation.name
        if not name.endswith("_") or not (name in _SCALING or any(o.random for o in operation.origins)):
            return operation
        return replace(operation, inputs=[t.clone() if o.data else t for t, o in operation.pairs])

    def done(self, operation: Operation[_Origin], outputs: list[Tensor]) -> None:
        """Put what has come out into its class."""
        self.learn(outputs, self._classify(operation, outputs))
        if operation.name == "native_dropout" and len(outputs) == 2:
            self.learn(outputs[1:], _Origin(random=True))

    def _classify(self, operation: Operation[_Origin], outputs: list[Tensor]) -> _Origin:
        """Return the origin of an operation's result. A site and a scaling are noted on the way."""
        if operation.name in _RANDOM:
            return _Origin(random=True)
        if operation.name in _BLANK or not outputs:
            return _Origin()
        if not any(o.data for o in operation.origins):
            return _Origin(random=any(o.random for o in operation.origins))
        origin = _data_origin(operation, outputs[0])
        site = self._measure(operation, outputs[0])
        if site is not None:
            return replace(origin, sites=origin.sites | {site}, behind=origin.behind | {site}, output_of=site)
        self._notice_filling(operation.origins, outputs[0])
        return self._follow_scaling(operation, outputs[0], origin)

    def _measure(self, operation: Operation[_Origin], output: Tensor) -> int | None:
        """Return the site's number, if this is one."""
        name, origins = operation.name, operation.origins
        masks = [tensor for tensor, origin in operation.pairs if origin.random]
        # dropout with p = 1 draws nothing: torch multiplies by a constant zero
        erased = name in _SCALING and not masks and any(not o.data for o in origins) and not bool(output.any())
        fused = name == "native_dropout" or erased
        if not (masks or fused) or len(self.sites) >= MAX_SITES or not output.is_floating_point():
            return None
        for value, origin in operation.pairs:
            if origin.data and value.shape == output.shape and not mixes(name, value, output):
                mask = value if fused else max(masks, key=Tensor.numel)
                found = _site(value, origin, output, mask, moves=not fused and name not in _SCALING)
                return None if found is None else self._add(*found)
        return None

    def _add(self, site: Site, dropped: Tensor) -> int:
        """Note a site and return its number."""
        self.sites.append(site)
        self.dropped.append(dropped)
        return len(self.sites) - 1

    def _notice_filling(self, origins: list[_Origin], output: Tensor) -> None:
        """Note a number put in the place of zeros. Something random is added right after a site, and puts it there."""
        number = origins[0].output_of
        if number is None or not any(o.random for o in origins) or output.shape != self.dropped[number].shape:
            return
        filling = output[self.dropped[number]]
        if bool((filling == filling[0]).all()) and bool(filling[0] != 0):
            self.sites[number] = replace(self.sites[number], filled_with=float(filling[0]))

    def _follow_scaling(self, operation: Operation[_Origin], output: Tensor, origin: _Origin) -> _Origin:
        """Note a plain factor in `origin`. `operation` has multiplied by it, if it is a scaling."""
        inputs = operation.inputs
        if operation.name not in _SCALING or not inputs or inputs[0].shape != output.shape:
            return origin
        if any(other.ndim > 0 for other in inputs[1:]):
            return origin
        source = inputs[0]
        usable = (source != 0) & torch.isfinite(source)
        if not bool(usable.any()):
            return origin
        factor = float((output / source)[usable].double().median())
        if origin.images and len(self.scalings) < MAX_SITES:
            self.scalings.append(Scaling(factor, source.numel()))
        number = operation.origins[0].output_of
        if number is None:
            return replace(origin, scaled_by=factor)
        after = self.sites[number].scaled_after * factor
        self.sites[number] = replace(self.sites[number], scaled_after=after)
        return replace(origin, output_of=number)

    def learn_inputs(self, net: nn.Module, images: Tensor) -> None:
        """Mark the weights and images as known inputs. `net` is about to be called with these images."""
        self.learn([*(parameter for _, parameter in registered(net)), *nn.Module.buffers(net)], _Origin(data=True))
        self.learn([images], _Origin(data=True, images=True))

    def found(self, scores: Tensor | None) -> list[Site]:
        """Return the sites and their fate in `scores`."""
        final = self.origin(scores) if scores is not None else _Origin()
        if not final.data:  # the values took a way round torch, through lists or NumPy: where they went is not known
            final = _Origin(behind=frozenset(range(len(self.sites))))
        return [
            replace(site, used=number in final.behind, on_scores=number in final.sites)
            for number, site in enumerate(self.sites)
        ]


def _trace(bench: Bench, net: nn.Module, images: Tensor) -> tuple[list[Site], list[Scaling]]:
    """Trace the sites and scalings of one pass."""
    trace = Trace()
    inputs = bench.manner().shaped(images.clone())
    trace.learn_inputs(net, inputs)
    with torch.no_grad(), trace:
        scores = scores_of(net, inputs)
    return trace.found(scores), trace.scalings


def drops_everything(bench: Bench, net: nn.Module) -> bool:
    """Whether `net`, in train mode, zeroes all values somewhere. One coin for a whole batch does not count."""
    sites, _ = _trace(bench, net, bench.batch(64).to(bench.device))
    return any(site.used and site.zeroed == 1 and site.masks >= SEVERAL for site in sites)


def masks(bench: Bench) -> Masks:
    """Trace one pass in each mode for masks."""
    net, images = bench.net(), bench.batch(64).to(bench.device)
    bench.scores(bench.working(net), images)  # gives lazy layers their shapes
    nothing: tuple[list[Site], list[Scaling]] = ([], [])  # of a mode in which it does not work, as `shapes` tells
    train, evaluation = (
        _trace(bench, bench.switched(net, training=mode), images) if mode in bench.manner().modes else nothing
        for mode in (True, False)
    )
    return Masks(train[0], evaluation[0], train[1], evaluation[1])


def modes(bench: Bench) -> Modes:
    """Score the same images twice in each mode.

    The modes are switched back and forth; in the end it is done with the same seed.
    """
    net, images = bench.awake_net(shaken=True), bench.batch(32)
    runs, again = [], []
    with torch.no_grad():
        for mode in [mode for mode in ("train", "eval") * 2 if (mode == "train") in bench.manner().modes]:
            flag = bool(bench.switched(net, training=mode == "train").training)
            first, second = bench.scores(net, images), bench.scores(net, images)
            runs.append(ModeRun(mode, flag, bool(net.training), to_numpy(first), to_numpy(second)))
        last = bench.switched(net, training=False not in bench.manner().modes)
        for _ in range(2):
            bench.seeded()
            again.append(to_numpy(bench.scores(last, images)))
    return Modes(runs, again[0], again[1], idle(net, bench.package))
