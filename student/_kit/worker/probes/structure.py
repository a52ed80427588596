"""Probes of `Net`: loading, scores, dependence and parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...protocol.observations import (
    Build,
    ForeignTensor,
    Gradients,
    Linearity,
    Load,
    Module,
    ParameterUse,
    Samples,
    ShapeRun,
    Shapes,
)
from ..bench import Bench, Blocked
from ..calling import call
from ..idle import idle
from ..leniency import is_digits, scores_in
from ..originals import registered, to_numpy
from ..submission import CONTRACT, describe, import_module
from .dropout import drops_everything
from .graph import leaves

BATCH_SIZES = (1, 2, 7, 32)
POINTS_BETWEEN = (0.25, 0.5, 0.75)
FAR = 300.0
"""A point beyond the images. A network that divides their pixels by 255 once more bends only out there."""
STRAIGHT = 1e-2
"""Largest relative bend of scores that look straight."""
TWO_SIZES = (19, 23)
"""Two batch sizes that reveal batch dimensions. They tell which sides of a tensor are as long as the batch."""
MOST_PASSES = 24
"""Passes in train mode at most. A branch that every other batch skips is not once taken in 24 of them in 6 cases of
10⁸."""


def _load_module(bench: Bench, name: str, found: dict[str, Any]) -> Module:
    """Import one module into `found`. Its parts of the contract are put there."""
    try:
        module = import_module(name)
    except BaseException as error:  # noqa: BLE001 - also SystemExit: importing runs a stranger's statements
        return Module(name, list(CONTRACT[name]), describe(error, bench.package))
    found.update({part: getattr(module, part) for part in CONTRACT[name] if hasattr(module, part)})
    return Module(name, [part for part in CONTRACT[name] if part not in found])


def _setting(found: dict[str, Any], name: str) -> tuple[int | None, str]:
    """Return a setting and how it reads. None in the place of one that is no whole number."""
    value = found.get(name)
    shown = repr(value)[:80] if name in found else "missing"
    return (value if type(value) is int else None), shown


def load(bench: Bench) -> Load:
    """Import the three modules and read the settings. Each is imported on its own."""
    found: dict[str, Any] = {}
    modules = [_load_module(bench, name, found) for name in CONTRACT]
    return Load(modules, *_setting(found, "BATCH_SIZE"), *_setting(found, "N_EPOCHS"))


def build(bench: Bench) -> Build:
    """Call `Net()`."""
    net_class = bench.part("net", "Net")
    bench.seeded()
    net = call(net_class)
    if not isinstance(net, nn.Module):
        return Build(type(net).__name__, is_module=False, n_parameters=0)
    with torch.no_grad():
        call(net.eval(), bench.images[:2].to(bench.device)) if _is_lazy(net) else None
    return Build(type(net).__name__, is_module=True, n_parameters=sum(p.numel() for _, p in registered(net)))


def _is_lazy(net: nn.Module) -> bool:
    """Whether shapes wait for the first pass. `nn.LazyLinear` only knows them afterwards."""
    return any(nn.parameter.is_lazy(p) for _, p in registered(net))


def _shape_run(bench: Bench, net: nn.Module, mode: str, n: int) -> ShapeRun:
    try:
        call(net.train if mode == "train" else net.eval)
        scores = call(net, bench.images[:n].to(bench.device, copy=True))
    except BaseException as error:  # noqa: BLE001 - each size is observed on its own
        return ShapeRun(mode, n, "", [], error=describe(error, bench.package))
    if not isinstance(scores, Tensor):
        return ShapeRun(mode, n, type(scores).__name__, [])
    return ShapeRun(
        mode,
        n,
        "Tensor",
        list(scores.shape),
        str(scores.dtype),
        scores.is_floating_point(),
        n_digits=_n_digits(scores, n),
    )


def _n_digits(returned: Tensor, n: int) -> int:
    """Count the different digits that `Net` returned. 0 where it returned other things for the `n` images."""
    numbers = scores_in(returned, n)
    return len(np.unique(to_numpy(numbers))) if numbers is not None and is_digits(numbers) else 0


def shapes(bench: Bench) -> Shapes:
    """Call `Net` on batches of several sizes. All in eval mode, and one in train mode."""
    net = bench.net(as_written=True)
    with torch.no_grad():
        runs = [_shape_run(bench, net, "eval", n) for n in (*BATCH_SIZES, *bench.sizes_known(len(bench.images)))]
        return Shapes([*runs, _shape_run(bench, net, "train", BATCH_SIZES[-1])])


def _seeded_scores(bench: Bench, net: nn.Module, images: Tensor) -> Tensor:
    """Return scores (N, 10), seeded the same each time."""
    bench.seeded()
    return bench.scores(net, images)


def samples(bench: Bench) -> Samples:
    """Score some images in different batches. First with others, then with very different ones, then as at first."""
    net = bench.switched(bench.net(), training=False)
    together = bench.batch(32)
    shared = len(together) // 4
    if not shared:  # it takes one image at a time: none has company
        raise Blocked("shapes")
    images, others = together[:shared], together[shared:]
    with torch.no_grad():
        one = _seeded_scores(bench, net, torch.cat([images, others]))
        other = _seeded_scores(bench, net, torch.cat([images, 1 - others]))
        again = _seeded_scores(bench, net, torch.cat([images, others]))
    return Samples(to_numpy(one), to_numpy(other), to_numpy(again), shared, _changed_by(bench, net, together))


def _changed_by(bench: Bench, net: nn.Module, images: Tensor) -> float:
    """Measure how a pass changes its input. The pass is in eval mode; the largest change counts."""
    given = bench.manner().shaped(images.to(bench.device, copy=True))
    before = to_numpy(given)
    with torch.no_grad():
        call(net, given)
    return float(np.abs(to_numpy(given) - before).max())


def linearity(bench: Bench) -> Linearity:
    """Score pairs of images and the images between them.

    Where these scores follow straight lines, a point far beyond is added.
    """
    net = bench.switched(bench.awake_net(), training=False)
    a = bench.batch(16)
    b = bench.batch(16, start=len(a))
    if torch.equal(a, b):  # a batch of the only size that works may hold all images
        b = a.roll(1, dims=0)
    with torch.no_grad():
        at_a, at_b = _seeded_scores(bench, net, a), _seeded_scores(bench, net, b)
        scores = {t: _seeded_scores(bench, net, a + t * (b - a)) for t in POINTS_BETWEEN}
        bends = [float((scores[t] - (at_a + t * (at_b - at_a))).abs().max()) for t in scores]
        if max(bends) < STRAIGHT * float((at_b - at_a).abs().max()):
            with contextlib.suppress(Exception):  # no images, so that a network may refuse them
                scores[FAR] = _seeded_scores(bench, net, a + FAR * (b - a))
    between = [to_numpy(one) for one in scores.values()]
    return Linearity(to_numpy(at_a), to_numpy(at_b), between, list(scores), idle(net, bench.package))


def _is_start_value(tensor: Tensor, others: Collection[tuple[int, ...]], sizes: tuple[int, int]) -> bool:
    """Whether a tensor holds nothing that is learned.

    It is made in `forward`.

    Either all its values are the same (the zeros a recurrent layer starts from), or it grows with the batch: `others`
    are the shapes of the tensors in a pass over a batch of `sizes[1]` images instead of `sizes[0]`.
    """
    values = to_numpy(tensor)
    if bool((values == values.flatten()[:1]).all()):
        return True
    grown = tuple(sizes[1] if side == sizes[0] else side for side in tensor.shape)
    return grown != tuple(tensor.shape) and grown in others


def _foreign(bench: Bench, net: nn.Module) -> list[ForeignTensor]:
    """List trainable tensors missing from `parameters()`. Two passes over batches of different sizes use them."""
    known = {id(p) for _, p in registered(net)}
    batches = [bench.batch(n) for n in TWO_SIZES]
    first, second = (
        [leaf for leaf in leaves(bench.scores(net, images)) if id(leaf) not in known] for images in batches
    )
    sizes = (len(batches[0]), len(batches[1]))
    again, shapes = {id(tensor) for tensor in second}, {tuple(tensor.shape) for tensor in second}
    kept = [t for t in first if id(t) in again or not _is_start_value(t, shapes, sizes)]
    return [ForeignTensor(list(t.shape), recreated=id(t) not in again) for t in kept]


def _silent(parameter: Tensor) -> bool:
    """Whether a parameter received no gradient. One of zeros alone counts as none."""
    return parameter.requires_grad and _gradient_kind(parameter) in ("none", "zero")


def _gradient_kind(parameter: Tensor) -> str:
    """Classify a parameter's gradient. It is "none", "not finite", "finite" or "zero"."""
    if parameter.grad is None:
        return "none"
    values = to_numpy(parameter.grad)
    if not bool(np.isfinite(values).all()):
        return "not finite"
    return "finite" if bool(values.any()) else "zero"


def _send_back(bench: Bench, net: nn.Module, foreign: list[ForeignTensor]) -> Gradients:
    """Send gradients back from a few batches. The parameters that they reach are left out here.

    A small step follows each batch: behind a layer that begins at zero a gradient arrives only then. Where it has not
    arrived everywhere, more batches follow, since a branch may be skipped at random.
    """
    batches = [bench.batch(20, start) for start in (0, 20, 40, 60)]
    finite = True
    for number in range(MOST_PASSES):
        scores = bench.scores(net, batches[number % len(batches)])
        finite = finite and bool(scores.isfinite().all())
        if not leaves(scores):
            return Gradients([], [], scores_have_graph=False)
        try:
            bench.step_aside(net, scores)
        except Exception as error:  # noqa: BLE001 - autograd complains of what `forward` did, or a backward of their own
            return Gradients([], foreign, scores_have_graph=True, error=describe(error, bench.package))
        if number + 1 >= len(batches) and not any(_silent(p) for _, p in registered(net)):
            break
    return Gradients([], foreign, scores_have_graph=True, scores_finite=finite)


def gradients(bench: Bench) -> Gradients:
    """See where gradients of the scores arrive.

    They are sent back in train mode. Where dropout leaves nothing there, as is told of dropout, in eval mode too.
    """
    net = bench.working(bench.net())
    foreign = _foreign(bench, net)
    sent = _send_back(bench, net, foreign)
    if sent.error is not None or not sent.scores_have_graph:
        return sent
    silent = any(_silent(p) for _, p in registered(net))
    if silent and {True, False} <= set(bench.manner().modes) and drops_everything(bench, net):
        _send_back(bench, bench.switched(net, training=False), foreign)
    uses = [ParameterUse(name, list(p.shape), p.requires_grad, _gradient_kind(p)) for name, p in registered(net)]
    # not all of very many are sent
    uses.sort(key=lambda use: use.trainable and use.gradient == "finite")
    return replace(sent, parameters=uses, idle=idle(net, bench.package))
