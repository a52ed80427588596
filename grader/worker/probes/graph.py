"""The graph that autograd keeps of a forward pass."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def leaves(scores: Tensor) -> list[Tensor]:
    """List the trainable tensors behind `scores`. They stand in the order the graph is walked."""
    found: dict[int, Tensor] = {}
    seen: set[Any] = set()
    queue = [scores.grad_fn] if scores.grad_fn is not None else []
    while queue:
        node = queue.pop()
        if node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if isinstance(variable, Tensor) and variable.requires_grad:
            found[id(variable)] = variable
        queue += [parent for parent, _ in node.next_functions if parent is not None]
    return list(found.values())
