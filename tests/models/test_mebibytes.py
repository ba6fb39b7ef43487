"""Bytes told as MiB."""

from evaluator.models.mebibytes import in_mebibytes

MIB = 1 << 20


def test_progress_is_told_in_whole_units_and_ends_at_all_of_them() -> None:
    told: list[int] = []
    count = in_mebibytes(told.append, 2 * MIB + 1)
    for size in (MIB - 1, 1, MIB, 1):
        count(size)
    assert told == [1, 1, 1]
