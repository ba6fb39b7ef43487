"""How near two texts are in a model's vectors."""

import math
from collections.abc import Iterable, Mapping, Sequence

Vector = Sequence[float]


class Similarity:
    """Cosines of vectors less their common part.

    A model's vectors of any two texts point much the same way; what tells them apart is what is
    left without the mean of texts that have nothing in common (Mu and Viswanath 2018, ICLR, "All-
    but-the-Top", section 2).

    Args:
        vectors: The texts' vectors, equally long.
        centre: Texts whose mean is taken away, of those in `vectors`.
    """

    def __init__(self, vectors: Mapping[str, Vector], centre: Iterable[str]) -> None:
        rows = [vectors[text] for text in centre]
        mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        self._unit = {text: _unit(vector, mean) for text, vector in vectors.items()}

    def cosine(self, first: str, second: str) -> float:
        """Return the cosine of two texts' vectors, -1 to 1; 0 where one is the mean itself."""
        both = zip(self._unit[first], self._unit[second], strict=True)
        return sum(one * other for one, other in both)


def _unit(vector: Vector, mean: Vector) -> list[float]:
    left = [value - usual for value, usual in zip(vector, mean, strict=True)]
    length = math.hypot(*left)
    return [value / length if length else 0.0 for value in left]
