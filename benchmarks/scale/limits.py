"""What ends first as the cases grow, and the number that it follows from."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.scale import rates
from benchmarks.scale.articles import judge_questions_a_second
from benchmarks.scale.shards import HOUR
from benchmarks.scale.work import bytes_of_shards
from benchmarks.table import Cell, shown
from evaluator.cases.shard import MOST_SHARDS
from evaluator.report.html.case_digest import SHOWN_CASES


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that ends.

    Attributes:
        what: What ends, and how.
        at: From where on; two digits of it where it is computed.
        unit: Of what so many.
        follows_from: The numbers.
    """

    what: str
    at: int | float
    unit: str
    follows_from: str

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "what": self.what,
            "from": f"{self._from} {self.unit}",
            "follows from": self.follows_from,
        }

    @property
    def _from(self) -> str:
        return shown(self.at if isinstance(self.at, int) else int(float(f"{self.at:.2g}")))


def limits() -> Iterator[Limit]:
    """Yield limits of cases from the lowest on, then those of shards and of judges."""
    yield from _limits_of_cases()
    yield from _limits_of_shards()
    yield Limit(
        "further judges wait for the process that asks below articles",
        1 / rates.ASK_SECONDS / judge_questions_a_second(),
        "judges",
        "3.4 ms of its own a question; 70 answers a second of a judge (assumed)",
    )


def _limits_of_cases() -> Iterator[Limit]:
    own = rates.SHARD_CASE_BYTES + rates.SHARD_TEXT_BYTES
    yield Limit("`report.html` shows a part", SHOWN_CASES, "cases", "its limit")
    yield Limit(
        "`deepeval-result.json` is larger than its reader's memory",
        rates.READER_MEMORY_BYTES / rates.DEEPEVAL_BYTES,
        "cases",
        "2.16 KB a case; a reader of 16 GiB (assumed)",
    )
    yield Limit(
        "the merge takes over an hour",
        HOUR / rates.MERGE_SECONDS,
        "cases",
        "0.22 ms a case, one process",
    )
    yield Limit(
        "a shard's known articles fill its pod",
        (rates.POD_MEMORY_BYTES - rates.RUN_MEMORY_BYTES) / own,
        "cases of one shard",
        "196 bytes a case, 434 MiB besides; a pod of 4 GiB (assumed)",
    )
    yield Limit(
        "results fill the claim",
        rates.CLAIM_BYTES / bytes_of_shards(),
        "cases",
        "3.8 KB a case, shards and merged run; a claim of 100 GB (assumed)",
    )


def _limits_of_shards() -> Iterator[Limit]:
    classified = rates.ARTICLE_TOKENS / rates.GPU_CLASSIFIED_TOKENS_A_SECOND
    moved = rates.ARTICLE_BYTES / rates.STORAGE_BYTES_A_SECOND
    yield Limit(
        "shards on GPUs wait for storage as long as they classify",
        _shards_that_classify_as_long(classified, moved),
        "shards",
        "every shard reads all cases; 1 GB/s for all (assumed), 1.5 ms a case (assumed)",
    )
    yield Limit(
        "reading takes a GPU's shard as long as classifying",
        (classified - rates.KEPT_SECONDS) / rates.READ_SECONDS,
        "shards",
        f"{rates.READ_SECONDS * 1e6:.2g} µs a case, of all cases; 1.5 ms of its own (assumed)",
    )
    yield Limit(
        "the merge may open no further file",
        MOST_SHARDS,
        "shards",
        "its limit: it reads all shards at once",
    )
    yield Limit(
        "the status of an Indexed Job outgrows its API server",
        rates.ETCD_BYTES / rates.INDEX_CHARACTERS * 2,
        "shards",
        "6 characters for every other index; 1.5 MiB an object (assumed)",
    )


def _shards_that_classify_as_long(classified: float, moved: float) -> float:
    """Return at how many shards each classifies its own as long as the storage serves all.

    Of N shards each classifies 1/N of the cases, and all move N + MOVES_OF_KEPT times the data: the
    positive root of N (N + MOVES_OF_KEPT) = classified / moved.
    """
    half = rates.MOVES_OF_KEPT / 2
    return math.sqrt(half**2 + classified / moved) - half
