"""A dense layer for a CPU, its weights laid out as the processor's kernels read them."""

import platform
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


class DenseLayer:
    """`rows @ weight + bias`, followed by GELU (tanh) where asked for.

    With oneDNN, weights are laid out once instead of at every call, and GELU is applied while the
    product is still in the cache.
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, gelu: bool = False) -> None:
        """Take the weights of shape (inputs, outputs) and the bias of shape (outputs,)."""
        self._bias = bias.detach()
        self._gelu = gelu
        self._packed = _has_kernels(weight.dtype)
        self._weight: Any = weight.detach().t().contiguous()
        if self._packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight)

    def __call__(self, rows: Tensor) -> Tensor:
        """Return the layer's values, (rows, outputs), for rows of shape (rows, inputs)."""
        if self._packed:
            after = ("gelu", "tanh") if self._gelu else ("none", "")
            packed: Tensor = torch.ops.mkldnn._linear_pointwise(
                rows, self._weight, self._bias, after[0], [], after[1]
            )
            return packed
        values = functional.linear(rows, self._weight, self._bias)
        return functional.gelu(values, approximate="tanh") if self._gelu else values


def _has_kernels(dtype: torch.dtype) -> bool:
    onednn: Any = torch.backends.mkldnn
    if not (onednn.is_available() and onednn.enabled) or platform.machine() not in (
        "x86_64",
        "AMD64",
    ):
        return False
    if dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return dtype == torch.float32
