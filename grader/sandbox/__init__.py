"""Sandboxes: they run strangers' code shut in. The interface is `base`, the choice among the backends `registry`."""

from grader.sandbox.base import Backend, Sandbox, SandboxSpec
from grader.sandbox.registry import BACKENDS, can_fork, choose

__all__ = ["BACKENDS", "Backend", "Sandbox", "SandboxSpec", "can_fork", "choose"]
