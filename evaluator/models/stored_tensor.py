"""What a weights file says of a tensor, without its numbers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor in a file.

    Attributes:
        name: Its name.
        type: Its numeric type as the file's format calls it, such as `BF16` or `Q4_K`.
        shape: Its dimensions, each 0 or more; none for a scalar.
        offset: Where its bytes begin, from the beginning of the file.
        size: How many bytes it has; 0 for a type that is not known here.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    offset: int
    size: int

    @property
    def count(self) -> int:
        """Return how many numbers it holds."""
        return prod(self.shape)


def parameters_by_type(tensors: Iterable[StoredTensor]) -> dict[str, int]:
    """Return how many parameters there are of each type, most first."""
    counts: Counter[str] = Counter()
    for tensor in tensors:
        counts[tensor.type] += tensor.count
    return dict(counts.most_common())
