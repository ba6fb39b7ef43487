"""A part of the cases that one process of many evaluates."""

import re
from dataclasses import dataclass

from evaluator.cases.digest import text_sha256

MOST_SHARDS = 512
"""A merge reads all of them at once, and few systems let a process open many more files."""

_WRITTEN = re.compile("([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Shard:
    """Which cases belong together, by their ids alone: wherever they are read, in any order.

    Attributes:
        index: Its number, from 0.
        count: How many shards there are, at least one and at most `MOST_SHARDS`.
    """

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Return the shard that is written as `INDEX/COUNT`.

        Raises:
            ValueError: The text is no such shard.
        """
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError("a shard is written as I/N, such as 0/8 for the first of eight")
        index, count = map(int, written.groups())
        if not 1 <= count <= MOST_SHARDS:
            raise ValueError(f"there can be 1 to {MOST_SHARDS} shards")
        if index >= count:
            raise ValueError(f"{count} shards are numbered from 0 to {count - 1}")
        return cls(index, count)

    def holds(self, case_id: str) -> bool:
        """Return whether a case belongs to this shard."""
        return int(text_sha256(case_id), 16) % self.count == self.index

    @property
    def written(self) -> str:
        """What `parse` reads."""
        return f"{self.index}/{self.count}"

    @property
    def folder(self) -> str:
        """Name of its directory."""
        return f"{self.index}-of-{self.count}"

    def __str__(self) -> str:
        """Return what messages call it."""
        return f"shard {self.index} of {self.count}"
