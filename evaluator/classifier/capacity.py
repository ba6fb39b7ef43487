"""Whether a model is as large as its weights: what its settings ask for costs memory and time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evaluator.errors import ModelUnusable

NUMBERS_A_BYTE = 2
"""That weights hold at most, as those in four bits do."""

MORE_NUMBERS = 1 << 24
"""That a model may have without them: a new classification head, masks."""

TENSORS_A_TENSOR, MORE_TENSORS = 4, 1_000
"""That a model has for each one of its weights, which may be stored together, and besides."""


@contextmanager
def as_large_as_its_weights(folders: Sequence[Path]) -> Iterator[None]:
    """End the making of a model that has much more in it than its weights can fill.

    Args:
        folders: Where its weights are.

    Raises:
        ModelUnusable: It has.
    """
    from safetensors import safe_open
    from torch.nn.modules import module

    files = [path for folder in folders for path in folder.glob("*.safetensors")]
    numbers = NUMBERS_A_BYTE * sum(path.stat().st_size for path in files) + MORE_NUMBERS
    tensors = MORE_TENSORS
    for path in files:
        with safe_open(path, framework="pt") as weights:
            tensors += TENSORS_A_TENSOR * len(weights.keys())

    def count(_module: Any, _name: str, tensor: Any) -> None:
        nonlocal numbers, tensors
        if tensor is None:
            return
        numbers -= tensor.numel()
        tensors -= 1
        if numbers < 0 or tensors < 0:
            raise ModelUnusable(
                f"{folders[-1]} asks for a model that is much larger than its weights: fetch it "
                "again."
            )

    hooks = [
        module.register_module_parameter_registration_hook(count),
        module.register_module_buffer_registration_hook(count),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
