"""How far a merged weight is from PEFT's sum of base and adapter, held against one rounding."""

from io import BufferedReader
from typing import Any

from evaluator.models.merge_plan import Piece
from evaluator.models.stored_rows import stored_rows

ROUNDING = {"F64": 2.0**-24, "F32": 2.0**-24, "BF16": 2.0**-8, "F16": 2.0**-11}
"""Half a step between neighbours of a type, as a share of the number; sums are in 32 bits."""

SUMMED_OTHERWISE = 2.0**-20
"""What another order of adding up explains, as a share of the sum."""

NORMED_OTHERWISE = 2.0**-16
"""With DoRA: torch's norm of 28,672 numbers that do not lie side by side is off by 4.4e-6."""

OF_THE_CHANGE = 1e-3
"""And as a share of the largest change, for terms of a product that nearly cancel."""

SMALLEST_STEP = {"F16": 2.0**-24}
"""Between the numbers next to zero; other types have none that matters."""

NUMBERS_OF_BLOCK = 1 << 20


def share_of_rounding(piece: Piece, base: BufferedReader, merged: Any, expected: Any) -> float:
    """Return the largest difference as a share of what rounding explains, which is at most 1.

    An adapter that was left out, or added twice, is beyond it in every type, unless it is too small
    to change any number of that type.

    Args:
        piece: The weight.
        base: The file that it was read from.
        merged: What was written, widened to 32 bits.
        expected: What PEFT makes of it, in 32 bits, not rounded.
    """
    import torch

    count, width = piece.tensor.shape
    step = max(1, NUMBERS_OF_BLOCK // width)
    blocks = [slice(start, min(start + step, count)) for start in range(0, count, step)]
    change = torch.stack(
        [
            (expected[rows] - stored_rows(base, piece.tensor, rows).float()).abs().max()
            for rows in blocks
        ]
    ).max()
    assert piece.change is not None
    normed = piece.change.tensors.magnitude is not None
    relative = ROUNDING[piece.tensor.type] + (NORMED_OTHERWISE if normed else SUMMED_OTHERWISE)
    absolute = change * OF_THE_CHANGE + SMALLEST_STEP.get(piece.tensor.type, 2.0**-126)
    shares = []
    for rows in blocks:
        explained = expected[rows].abs() * relative + absolute
        shares.append(((merged[rows] - expected[rows]).abs() / explained).max())
    return float(torch.stack(shares).max())  # no number where one of them is none
