"""Pairs of words of which it is known whether they are related."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.label_sets import GroupedLabels, news, newsgroups

RATED_WORDS = Path("test", "test_data", "wordsim353.tsv")
RATED_PAIRS = 150
SEED = 7


@dataclass(frozen=True, slots=True)
class PairSet:
    """Pairs with their answers.

    Attributes:
        name: What the set is called in a table.
        pairs: Two words or names each, as a judge reads them.
        related: Whether they are related.
        ratings: How related people find them, more for more; None where nobody was asked.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    related: tuple[bool, ...]
    ratings: tuple[float, ...] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """All words, each once, in the order in which they first appear."""
        return tuple(dict.fromkeys(word for pair in self.pairs for word in pair))

    @property
    def base_rate(self) -> float:
        """Share of related pairs."""
        return statistics.fmean(self.related)

    def within(self, words: Sequence[str]) -> "PairSet":
        """Return the pairs of which both words are among some."""
        kept = [
            both for both in zip(self.pairs, self.related, strict=True) if {*both[0]} <= {*words}
        ]
        pairs, related = zip(*kept, strict=True)
        return PairSet(f"{self.name}, {len(words)} labels", pairs, related)


def grouped_pairs(grouped: GroupedLabels) -> PairSet:
    """Return all pairs of a label set, by the names that a judge reads."""
    plain = {label.name: label.plain for label in grouped.labels}
    pairs = tuple((plain[pair.first], plain[pair.second]) for pair in grouped.labels.pairs())
    return PairSet(grouped.name, pairs, tuple(grouped.related))


def rated_pairs() -> PairSet | None:
    """Return a sample of WordSim-353, or None where the package gensim is not installed.

    The package ships the ratings as test data, and is found without being imported. A pair is
    taken as related where people rate it at least as high as half of the sample.
    """
    package = find_spec("gensim")
    if package is None or package.origin is None:
        return None
    text = (Path(package.origin).parent / RATED_WORDS).read_text("utf-8")
    rated = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    chosen = random.Random(SEED).sample(rated, RATED_PAIRS)
    ratings = tuple(float(rating) for _, _, rating in chosen)
    middle = statistics.median(ratings)
    pairs = tuple((first, second) for first, second, _ in chosen)
    return PairSet("WordSim-353", pairs, tuple(one >= middle for one in ratings), ratings)


def pair_sets() -> list[PairSet]:
    """Return 20 Newsgroups, whose pairs were looked at, and the sets that nothing was chosen by."""
    rated = rated_pairs()
    return [grouped_pairs(newsgroups()), grouped_pairs(news()), *([rated] if rated else [])]
