"""The header of a safetensors file, read without its weights and without trusting it."""

import json
import struct
from math import prod
from pathlib import Path
from typing import Any

from evaluator.errors import ModelUnusable
from evaluator.models.stored_tensor import StoredTensor

LENGTH = struct.Struct("<Q")
LONGEST_HEADER = 32 << 20
"""Bytes; a model of 50,000 tensors needs about 8 MiB."""

MOST_DIMENSIONS = 16
BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "I8", "U8", "BOOL"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
"""Of one number of each type."""

METADATA = "__metadata__"


def safetensors_tensors(path: Path) -> tuple[StoredTensor, ...]:
    """Return the tensors of a file, in the order of its header.

    Raises:
        ModelUnusable: It is no safetensors file, its header contradicts itself, or the file ends
            before its last tensor does.
    """
    try:
        with path.open("rb") as content:
            size = path.stat().st_size
            first = content.read(LENGTH.size)
            if len(first) < LENGTH.size:
                raise _damaged(path, "it ends within its first 8 bytes")
            (length,) = LENGTH.unpack(first)
            if length > min(LONGEST_HEADER, size - LENGTH.size):
                raise _damaged(path, f"it announces a header of {length} bytes")
            header = json.loads(content.read(length))
    except OSError as error:
        raise ModelUnusable(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header is not JSON") from error
    if not isinstance(header, dict):
        raise _damaged(path, "its header is not a table of tensors")
    begin = LENGTH.size + length
    tensors = tuple(
        _tensor(path, name, told, begin) for name, told in header.items() if name != METADATA
    )
    missing = max((one.offset + one.size for one in tensors), default=begin) - size
    if missing > 0:
        raise _damaged(path, f"{missing} bytes of its tensors are missing")
    return tensors


def _tensor(path: Path, name: str, told: Any, begin: int) -> StoredTensor:
    try:
        kind, shape, (start, end) = told["dtype"], told["shape"], told["data_offsets"]
        sound = (
            kind in BITS
            and isinstance(shape, list)
            and len(shape) <= MOST_DIMENSIONS
            and all(type(one) is int and one >= 0 for one in (*shape, start, end))
            and (end - start) * 8 == prod(shape) * BITS[kind]
        )
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise _damaged(path, f"what it says of the tensor {name[:80]} cannot be")
    return StoredTensor(name, kind, tuple(shape), begin + start, end - start)


def _damaged(path: Path, reason: str) -> ModelUnusable:
    return ModelUnusable(f"{path} is damaged or no safetensors file: {reason}; fetch it again.")
