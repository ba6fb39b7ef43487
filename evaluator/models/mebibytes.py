"""Progress through files, in MiB."""

from collections.abc import Callable

Count = Callable[[int], None]
"""Called with the number of bytes done since the last call."""

UNIT = 1 << 20


def mebibytes(size: int) -> int:
    """Return a number of bytes in MiB, the last of which may be a part."""
    return -(-size // UNIT)


def in_mebibytes(advance: Callable[[int], None], total: int) -> Count:
    """Return a function that counts bytes and tells of MiB, the last of which may be a part."""
    done = shown = 0

    def count(size: int) -> None:
        nonlocal done, shown
        done += size
        now = mebibytes(done) if done == total else done // UNIT
        if now > shown:
            advance(now - shown)
            shown = now

    return count
