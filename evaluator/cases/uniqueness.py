"""Whether every id occurs once, however many there are."""

from array import array
from collections.abc import Iterable
from hashlib import blake2b

from evaluator.errors import DataUnusable


class IdDigests:
    """Digests of ids, 8 bytes each."""

    def __init__(self) -> None:
        self._digests = array("Q")

    def __len__(self) -> int:
        return len(self._digests)

    def add(self, id_: str) -> None:
        """Take note of an id."""
        self._digests.append(_digest(id_))

    def require_unique(self, ids: Iterable[str], where: str) -> None:
        """Check that no id was added twice.

        Args:
            ids: The same ids again; read only where two digests are equal.
            where: What a message calls their source.

        Raises:
            DataUnusable: An id occurs twice.
        """
        suspects = self._repeated()
        seen: set[str] = set()
        for id_ in ids if suspects else ():
            if _digest(id_) not in suspects:
                continue
            if id_ in seen:
                raise DataUnusable(f"{where} has the id '{id_}' twice; ids must be unique.")
            seen.add(id_)

    def _repeated(self) -> set[int]:
        import numpy

        values = numpy.frombuffer(self._digests, dtype=numpy.uint64)
        values.sort()
        return {int(value) for value in values[1:][values[1:] == values[:-1]]}


def _digest(id_: str) -> int:
    raw = blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "little")
