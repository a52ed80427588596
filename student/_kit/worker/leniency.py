"""Looks at networks built or called unusually.

The assignment says how it is done; these do it in other ways.

One mistake is to cost one mistake. A class without `super().__init__()`, a network that wants flat images, that works
for one batch size alone or returns its scores in a tuple is told so by the probes that ask for exactly that (`build`,
`shapes`). All others take what works, and see the rest.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from ..protocol.observations import N_CLASSES
from .calling import call
from .originals import plain, to_numpy

USUAL_SIZE = 32
_MOST_VALUES = 4096
"""Largest output of one image taken for scores."""
_WITHOUT_INIT = "before Module.__init__() call"
_SHAPES: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda images: images,
    lambda images: images.flatten(1),
    lambda images: images.squeeze(1),
)
"""Shapes in which images are tried. They are (N, 1, 28, 28) as it is, (N, 784), and (N, 28, 28)."""


@dataclass(frozen=True)
class Manner:
    """How a network takes its images.

    It tells in which shape, in batches of `size` alone where that is set, and in which modes.
    """

    shaped: Callable[[Tensor], Tensor]
    size: int | None
    modes: tuple[bool, ...]
    """Modes that work: `True` for train, `False` for eval. There is at least one."""


def only_network(module: ModuleType) -> Any:
    """Return the one network that `module` defines. It may have any name; None where there is not exactly one."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    ]
    used = {base for network in found for base in network.__mro__[1:]}
    last = [network for network in dict.fromkeys(found) if network not in used]
    return last[0] if len(last) == 1 else None


def build(net_class: Any, *, as_written: bool = False) -> Any:
    """Build `net_class()`, completing what is missing.

    Only the beginnings of a module may be missing.

    Args:
        net_class: what should be a class of networks.
        as_written: without a `forward` in the place of one that is misspelt.

    Raises:
        Exception: whatever the class raises, where that does not help.
    """
    if not isinstance(net_class, type):
        return call(net_class)
    if not as_written:
        net_class = _with_forward(net_class)
    try:
        made = call(net_class)
    except AttributeError as error:
        if _WITHOUT_INIT not in str(error):
            raise
    else:
        if isinstance(made, nn.Module) or not callable(getattr(made, "forward", made)):
            return made
    return _begun(net_class)


def _with_forward(net_class: type) -> type:
    """Return a class whose misspelt `forward` is found.

    It has one method beside `__init__` that takes one thing: that is taken for `forward`.
    """
    if not issubclass(net_class, nn.Module) or net_class.forward is not nn.Module.forward:
        return net_class
    methods = [value for name, value in vars(net_class).items() if inspect.isfunction(value) and name != "__init__"]
    taking_one = [method for method in methods if len(inspect.signature(method).parameters) == 2]
    return type(net_class.__name__, (net_class,), {"forward": taking_one[0]}) if len(taking_one) == 1 else net_class


def _begun(net_class: Any) -> Any:
    """Create a properly begun object of `net_class`. It begins as a module has to, and is one."""

    def init(made: Any) -> None:
        nn.Module.__init__(made)
        net_class.__init__(made)

    bases = (net_class,) if issubclass(net_class, nn.Module) else (net_class, nn.Module)
    return call(type(net_class.__name__, bases, {"__init__": init}))


def _tensors(value: Any) -> Iterator[Tensor]:
    """List the tensors in a result. It may be a tuple, list or dictionary."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _row_by_row(result: Any, n: int) -> Tensor | None:
    """Join a list with a tensor for each of `n` images. None where it is anything else."""
    if not isinstance(result, list | tuple) or len(result) != n or not all(isinstance(row, Tensor) for row in result):
        return None
    alike = {(row.shape, row.dtype) for row in result}
    shape = result[0].shape
    if len(alike) > 1 or not (len(shape) == 1 or (len(shape) == 2 and shape[0] == 1)):
        return None
    return torch.stack([row.flatten() for row in result])


def scores_in(result: Any, n: int) -> Tensor | None:
    """Find the scores (n, K) in a result.

    It is what a network has returned for `n` images; K is any number. None where there are none.
    """
    rows = _row_by_row(result, n)
    for tensor in _tensors(result if rows is None else rows):
        if tensor.is_floating_point() and tensor.ndim >= 1 and len(tensor) == n and tensor.numel() <= n * _MOST_VALUES:
            scores = plain(tensor if tensor.ndim == 2 else tensor.reshape(n, -1))
            if scores.shape[1]:
                return scores
    return None


def is_digits(scores: Tensor) -> bool:
    """Whether `scores` (N, K) are digits, written as floats.

    There is one number for each image, and all of them are whole, from 0 to 9. Scores are never so round.
    """
    if scores.shape[1] != 1:
        return False
    numbers = to_numpy(scores)
    return bool((numbers == numbers.round()).all() and numbers.min() >= 0 and numbers.max() < N_CLASSES)


def scores_of(net: nn.Module, images: Tensor) -> Tensor | None:
    """Return the scores (N, K) that `net` gives.

    Where it returns none (nothing at all, or digits), those of its last layer are taken.

    None where there are none either.
    """
    scores = scores_in(call(net, images), len(images))
    if scores is not None and not is_digits(scores):
        return scores
    given: list[Any] = []
    parts = {id(part) for part in nn.Module.modules(net)} - {id(net)}
    hook = register_module_forward_hook(lambda module, _, out: given.append(out) if id(module) in parts else None)
    try:
        call(net, images)
    finally:
        hook.remove()
    found = (scores_in(result, len(images)) for result in reversed(given))
    return next((layer for layer in found if layer is not None), scores)


def find_manner(net: nn.Module, images: Tensor, sizes: Iterable[int]) -> Manner | None:
    """Find the first manner that gives scores.

    None where no manner does.

    Args:
        net: of no use to others afterwards.
        images: float32 (N, 1, 28, 28), N at least `USUAL_SIZE`.
        sizes: batch sizes to try where the usual one does not work.
    """
    for size, shaped in itertools.product((None, *sizes), _SHAPES):
        batch = cycled(images, size or USUAL_SIZE)
        modes = tuple(mode for mode in (True, False) if _gives_scores(net, shaped(batch), training=mode))
        if modes:
            return Manner(shaped, size, modes)
    return None


def _gives_scores(net: nn.Module, images: Tensor, *, training: bool) -> bool:
    nn.Module.train(net, training)
    try:
        with torch.no_grad():
            return scores_of(net, images.clone()) is not None
    except Exception:  # noqa: BLE001 - that it fails is what the next attempt is for
        return False


def cycled(images: Tensor, n: int, start: int = 0) -> Tensor:
    """Return `n` images, cycling from the start.

    They begin at `start`, and go on with the first where there are not so many.
    """
    return images[(start + torch.arange(n)) % len(images)]
