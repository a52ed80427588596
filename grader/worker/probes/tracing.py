"""Follows a forward pass operation by operation.

It works below autograd, and knows what each tensor was computed from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

OriginT = TypeVar("OriginT")


@dataclass(frozen=True)
class Operation(Generic[OriginT]):
    """One operation about to be done. It has its name in torch, the tensors it takes, and where they come from."""

    name: str
    inputs: list[Tensor]
    origins: list[OriginT]

    @property
    def pairs(self) -> list[tuple[Tensor, OriginT]]:
        """Each tensor with its origin."""
        return list(zip(self.inputs, self.origins, strict=True))


def _tensors_in(values: Any) -> list[Tensor]:
    """All tensors in nested arguments or results."""
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


class Tracer(TorchDispatchMode, Generic[OriginT]):
    """Sees each operation of torch while entered.

    It does not matter which modules or functions stand behind it.

    A subclass says what an origin is: `origin_of_unknown` for tensors that were made outside the pass, and `done`,
    which is told of each operation and calls `learn` for what has come out of it.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves the class without annotations
        self._known: dict[int, OriginT] = {}
        self._kept: list[Tensor] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whether to keep torch's compiler out.

        Otherwise `__torch_dispatch__` would import it, which takes a second.
        """
        return False

    def learn(self, tensors: Iterable[Tensor], origin: OriginT) -> None:
        """Remember where `tensors` come from."""
        for tensor in tensors:
            self._known[id(tensor)] = origin
            self._kept.append(tensor)  # alive, so that neither an id nor a place in memory is used twice

    def origin(self, tensor: Tensor) -> OriginT:
        """Where `tensor` comes from."""
        known = self._known.get(id(tensor))
        return self.origin_of_unknown(tensor) if known is None else known

    def origin_of_unknown(self, tensor: Tensor) -> OriginT:
        """Return the origin of an unknown tensor. Nobody has told of it."""
        raise NotImplementedError

    def about_to(self, operation: Operation[OriginT]) -> Operation[OriginT]:
        """Prepare `operation` for `done`. It gets copies of what it will overwrite, where those are needed."""
        return operation

    def done(self, operation: Operation[OriginT], outputs: list[Tensor]) -> None:
        """Learn where `outputs`, which `operation` has returned, come from."""
        raise NotImplementedError

    def before(self, func: Any, args: Any, kwargs: Any) -> Operation[OriginT]:
        """The operation that `func` is about to do."""
        inputs = _tensors_in((args, kwargs))
        operation = Operation(func.overloadpacket.__name__, inputs, [self.origin(tensor) for tensor in inputs])
        return self.about_to(operation)

    def after(self, operation: Operation[OriginT], result: Any) -> None:
        """Tell of what it has come to."""
        self.done(operation, _tensors_in(result))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out one operation, reporting before and after."""
        operation = self.before(func, args, kwargs)
        result = func(*args, **(kwargs or {}))
        self.after(operation, result)
        return result
