"""Classifies the operations in a trace. It is one of tensor operations (`TorchDispatchMode`)."""

from __future__ import annotations

from torch import Tensor

CONVOLUTIONS = (
    "convolution",
    "_convolution",
    "conv",
    "mkldnn_conv",
    "cudnn_conv",
    "miopen_conv",
    "slow_conv",
    "im2col",
)
_PRODUCTS = (
    *CONVOLUTIONS,
    *"mm addmm bmm baddbmm addbmm mv addmv dot linear mkldnn _scaled_dot _trilinear _cdist _euclidean_dist".split(),
)


def mixes(name: str, source: Tensor, output: Tensor) -> bool:
    """Whether an operation mixes entries.

    Then those of `output` are no longer those of `source`, one for one.

    Products are known by their name, since a square matrix keeps the number of entries. Everything else that brings
    entries together or copies them changes their number: sums, means, broadcasting against a weight.
    """
    return name.startswith(_PRODUCTS) or source.numel() != output.numel()
