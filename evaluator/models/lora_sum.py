"""The sum of a weight and its LoRA matrices, a block of rows at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

from evaluator.errors import ModelUnusable
from evaluator.models.merge_plan import Change, Piece
from evaluator.models.stored_rows import stored_rows, torch_type

BYTES_OF_FLOAT = 4
COPIES = 4
"""Of a block, at a time: read, widened, added to, narrowed."""


@dataclass(frozen=True, slots=True)
class LoraMatrices:
    """An adapter's matrices for one weight, in 32 bits.

    Attributes:
        down: Rank by inputs.
        up: Outputs by rank, scaled.
        magnitude: Of each output, with DoRA.
    """

    down: Any
    up: Any
    magnitude: Any | None


def matrices(change: Change, adapter: Any) -> LoraMatrices:
    """Return the matrices of a change.

    Args:
        change: Which.
        adapter: The adapter's file, opened by safetensors.
    """
    tensors = change.tensors
    magnitude = tensors.magnitude
    return LoraMatrices(
        down=adapter.get_tensor(tensors.down.name).float(),
        up=adapter.get_tensor(tensors.up.name).float() * change.scale,
        magnitude=None if magnitude is None else adapter.get_tensor(magnitude.name).float(),
    )


def merged_rows(piece: Piece, base: BufferedReader, adapter: Any, memory: int) -> Iterator[Any]:
    """Return a changed weight as blocks of its rows, in the base's type.

    Sums are in 32 bits and rounded once.

    Args:
        piece: The weight.
        base: The file it is read from.
        adapter: The adapter's file, opened by safetensors.
        memory: Bytes that a block may take.

    Raises:
        ModelUnusable: A sum is beyond the type's range, or no number.
    """
    import torch

    assert piece.change is not None
    change, found = piece.change, matrices(piece.change, adapter)
    factors = None
    if found.magnitude is not None:
        factors = found.magnitude / _norms(piece, base, found, memory)
    for rows, total in _sums(piece, base, found, memory):
        if factors is not None:
            total.mul_(factors if change.transposed else factors[rows, None])
        narrow = total.to(torch_type(piece.tensor.type))
        if not bool(torch.isfinite(narrow).all()):
            raise ModelUnusable(
                f"{piece.name} is beyond the range of {piece.tensor.type} when merged; save the "
                "base model in bfloat16 or float32."
            )
        yield narrow


def _sums(
    piece: Piece, base: BufferedReader, found: LoraMatrices, memory: int
) -> Iterator[tuple[slice, Any]]:
    """Return blocks of rows of weight plus change, in 32 bits."""
    assert piece.change is not None
    count, width = piece.tensor.shape
    step = max(1, memory // (width * BYTES_OF_FLOAT * COPIES))
    for start in range(0, count, step):
        rows = slice(start, min(start + step, count))
        if piece.change.transposed:
            delta = found.down[:, rows].T @ found.up.T
        else:
            delta = found.up[rows] @ found.down
        yield rows, delta.add_(stored_rows(base, piece.tensor, rows).float())


def _norms(piece: Piece, base: BufferedReader, found: LoraMatrices, memory: int) -> Any:
    """Return the norm of each output's weights."""
    import torch

    assert piece.change is not None
    squares = [
        total.square().sum(0 if piece.change.transposed else 1)
        for _, total in _sums(piece, base, found, memory)
    ]
    together = torch.stack(squares).sum(0) if piece.change.transposed else torch.cat(squares)
    return together.sqrt()
