"""Shuffles the values that a network holds.

Before training, so that it begins with no knowledge; after it, to see what counts.

Nothing here can be undone beforehand. In which order values are put depends on a key and on the values themselves, all
of them: who prepares weights for one order has thereby chosen another.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from ..originals import plain, registered, shuffle_, to_bytes

_LOOKED_AT_BYTES = 1 << 18
_KNOWLEDGE_BYTES = 1024
"""Compressed size above which a buffer holds knowledge. Less is a constant, a grid, a mask or a filter, not what was
learned elsewhere."""
_MOST_COPIES = 4
"""Tensors of a shape that may be copies. They have the shape of a parameter: averages over the training, the best state
so far."""
_DEPTH = 3
"""Depth to which lists and dictionaries are searched. Copies of parameters may stand there."""


def _dense(tensors: Iterable[Tensor]) -> list[Tensor]:
    """Keep tensors that are dense in memory. They hold more than one value."""
    return [tensor for tensor in map(plain, tensors) if tensor.layout is torch.strided and tensor.numel() > 1]


def _shuffle_all(tensors: Iterable[Tensor], key: bytes) -> None:
    """Shuffle each tensor that is dense in memory."""
    each = _dense(tensors)
    total = hmac.new(key, digestmod=hashlib.sha256)
    for tensor in each:
        total.update(to_bytes(tensor))
    seed = int.from_bytes(total.digest()[:7], "big")
    with torch.no_grad():
        for number, tensor in enumerate(each):
            with contextlib.suppress(RuntimeError):  # one whose elements share memory, or that only inference may write
                shuffle_(tensor, seed + number)


def _carries_knowledge(buffer: Tensor) -> bool:
    return len(zlib.compress(to_bytes(buffer)[:_LOOKED_AT_BYTES], 1)) > _KNOWLEDGE_BYTES


def redraw(net: nn.Module, key: bytes) -> None:
    """Shuffle each parameter, and each informative buffer.

    Such a buffer holds more than a formula would give.

    Independent random initial values stay what they are: independent, of the same distribution. Values that
    carry knowledge lose it.
    """
    buffers = [buffer for buffer in _dense(nn.Module.buffers(net)) if _carries_knowledge(buffer)]
    _shuffle_all([*(parameter for _, parameter in registered(net)), *buffers], key)


def _tensors_in(value: Any, depth: int = _DEPTH) -> Iterator[Tensor]:
    """Yield the tensors in an attribute. Lists and dictionaries are looked into."""
    if isinstance(value, Tensor):
        yield value
    elif depth and isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors_in(part, depth - 1)


def scramble(net: nn.Module, key: bytes) -> None:
    """Shuffle parameters and everything that may copy them.

    Copies are averages and merged layers.

    A network that has learned reads nothing afterwards. One that looks things up reads on.
    """
    parameters = [parameter for _, parameter in registered(net)]
    left = Counter({shape: _MOST_COPIES * count for shape, count in Counter(p.shape for p in parameters).items()})
    seen, found = {id(parameter) for parameter in parameters}, list[Tensor](parameters)
    for module in nn.Module.modules(net):
        for tensor in _tensors_in(dict(vars(module))):
            if id(tensor) not in seen and tensor.is_floating_point() and left[tensor.shape] > 0:
                seen.add(id(tensor))
                left[tensor.shape] -= 1
                found.append(tensor)
    _shuffle_all(found, key)
