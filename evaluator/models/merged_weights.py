"""Writing the weights of a merged model, a piece at a time."""

import json
import os
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from evaluator.models.lora_sum import merged_rows
from evaluator.models.mebibytes import Count
from evaluator.models.merge_plan import MergePlan, Piece
from evaluator.models.safetensors_header import BITS, LENGTH, METADATA
from evaluator.models.weights import INDEX, SINGLE

ALIGNMENT = 8
COPIED = 1 << 20


def write_weights(plan: MergePlan, folder: Path, memory: int, written: Count) -> None:
    """Write the files of weights and their index.

    Args:
        plan: What is written.
        folder: Where.
        memory: Bytes that a block of a weight may take.
        written: Told the bytes of each tensor that was written.

    Raises:
        ModelUnusable: A sum is beyond its type's range.
        OSError: The disk refuses.
    """
    from safetensors import safe_open

    count = len(plan.files)
    names = [SINGLE] if count == 1 else [_name(number, count) for number in range(1, count + 1)]
    with safe_open(plan.adapter, framework="pt") as adapter:
        for name, pieces in zip(names, plan.files, strict=True):
            _write(folder / name, pieces, adapter, memory, written)
    if count > 1:
        places = {
            piece.name: name
            for name, pieces in zip(names, plan.files, strict=True)
            for piece in pieces
        }
        index = {"metadata": {"total_size": plan.size}, "weight_map": places}
        (folder / INDEX).write_text(json.dumps(index, indent=1), "utf-8")


def _name(number: int, count: int) -> str:
    return f"model-{number:05d}-of-{count:05d}.safetensors"


def _write(
    path: Path, pieces: tuple[Piece, ...], adapter: Any, memory: int, written: Count
) -> None:
    # wide types first, so that every tensor is aligned to its own type
    ordered = sorted(pieces, key=lambda piece: (-BITS[piece.tensor.type], piece.name))
    with ExitStack() as stack:
        target = stack.enter_context(path.open("wb"))
        bases: dict[Path, BufferedReader] = {}
        target.write(_header(ordered))
        for piece in ordered:
            if piece.change is None:
                _copy(piece, target)
            else:
                if piece.path not in bases:
                    bases[piece.path] = stack.enter_context(piece.path.open("rb"))
                for rows in merged_rows(piece, bases[piece.path], adapter, memory):
                    target.write(_bytes(rows))
            written(piece.tensor.size)
        target.flush()
        os.fsync(target.fileno())


def _header(pieces: list[Piece]) -> bytes:
    header: dict[str, Any] = {METADATA: {"format": "pt"}}
    position = 0
    for piece in pieces:
        end = position + piece.tensor.size
        header[piece.name] = {
            "dtype": piece.tensor.type,
            "shape": piece.tensor.shape,
            "data_offsets": [position, end],
        }
        position = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return LENGTH.pack(len(text)) + text


def _copy(piece: Piece, target: BinaryIO) -> None:
    with piece.path.open("rb") as source:
        source.seek(piece.tensor.offset)
        left = piece.tensor.size
        while left:
            block = source.read(min(COPIED, left))
            if not block:
                raise OSError(f"{piece.path} became shorter")
            target.write(block)
            left -= len(block)


def _bytes(rows: Any) -> bytes:
    import torch

    content: bytes = rows.contiguous().view(torch.uint8).numpy().tobytes()
    return content
