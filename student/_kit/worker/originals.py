"""Functions and types kept from before the submission ran.

The probes compare with them.

A submission may overwrite functions of torch, give its tensors a class of their own, or answer for its modules what it
likes. What is taken from it is taken by the functions that are kept here, and what can be compared as numbers is
compared outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_NO_SUBCLASS = torch._C.DisableTorchFunctionSubclass
_as_subclass, _detach, _float, _cpu, _numpy = (
    Tensor.as_subclass,
    Tensor.detach,
    Tensor.float,
    Tensor.cpu,
    Tensor.numpy,
)
_copy, _reshape, _to, _view = Tensor.copy_, Tensor.reshape, Tensor.to, Tensor.view
_randperm = torch.randperm


def plain(tensor: Tensor) -> Tensor:
    """Return `tensor` as torch's own class. The submission may have given it another; its gradient goes on."""
    if type(tensor) in (Tensor, nn.Parameter):
        return tensor
    with _NO_SUBCLASS():
        return _as_subclass(tensor, Tensor)


def to_numpy(tensor: Tensor) -> np.ndarray[Any, Any]:
    """Copy a tensor to float32 numpy. The copy is on the CPU, cut from the graph."""
    with _NO_SUBCLASS():
        return _numpy(_cpu(_float(_detach(tensor)))).copy()


def to_bytes(tensor: Tensor) -> bytes:
    """Return a tensor's values as bytes. They stand as they lie in memory on the CPU, whatever the type."""
    with _NO_SUBCLASS():
        return bytes(_numpy(_view(_reshape(_cpu(_detach(tensor)), -1), torch.uint8)))


def shuffle_(tensor: Tensor, seed: int) -> None:
    """Shuffle the values of a tensor in place. The order is the one that `seed` decides."""
    with _NO_SUBCLASS():
        order = _randperm(tensor.numel(), generator=torch.Generator().manual_seed(seed))
        values = _reshape(_detach(tensor), -1)
        _copy(tensor, _reshape(values[_to(order, values.device)], tensor.shape))


def registered(net: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """List a module's parameters by name, each once.

    Those of the modules it holds are included, as `named_parameters` gives them.

    Read from where torch keeps them, since a class may have methods of its own.
    """
    seen: set[int] = set()
    modules: list[tuple[str, nn.Module]] = [("", net)]
    while modules:
        prefix, module = modules.pop(0)
        if id(module) in seen:
            continue
        seen.add(id(module))
        for name, parameter in vars(module)["_parameters"].items():
            if parameter is not None and id(parameter) not in seen:
                seen.add(id(parameter))
                yield prefix + name, parameter
        held = [(f"{prefix}{name}.", child) for name, child in vars(module)["_modules"].items() if child is not None]
        modules = held + modules
