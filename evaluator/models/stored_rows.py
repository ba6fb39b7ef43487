"""Rows of a stored tensor, read into memory of their own.

A mapped file would count as this process's memory, and a sum in place would be seen by the next
reader.
"""

from io import BufferedReader
from typing import Any

from evaluator.errors import ModelUnusable
from evaluator.models.stored_tensor import StoredTensor


def stored_rows(source: BufferedReader, tensor: StoredTensor, rows: slice) -> Any:
    """Return rows of a matrix as a tensor of its own type.

    Args:
        source: The safetensors file that holds it.
        tensor: The matrix, of one of the types that can be merged.
        rows: Which, counted from 0 and within the matrix.

    Raises:
        ModelUnusable: The file became shorter than its header says.
    """
    import torch

    count, width = tensor.shape
    line = tensor.size // count
    content = bytearray(line * (rows.stop - rows.start))
    source.seek(tensor.offset + line * rows.start)
    if source.readinto(content) < len(content):
        raise ModelUnusable(f"{tensor.name} became shorter while it was read; fetch it again.")
    return torch.frombuffer(content, dtype=torch_type(tensor.type)).view(-1, width)


def torch_type(name: str) -> Any:
    """Return torch's type for a type of safetensors that can be merged."""
    import torch

    return {
        "F64": torch.float64,
        "F32": torch.float32,
        "F16": torch.float16,
        "BF16": torch.bfloat16,
    }[name]
