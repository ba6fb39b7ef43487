"""The label sets that hostile predictions are held against."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.label_sets import GLOSSARY
from evaluator.judge.labels import LabelSet, read_labels

HERE = Path(__file__).parent
TOPICS = {
    "en": ("gardening", "knitting", "sailing", "pottery", "astrology", "wine", "dog breeding"),
    "ja": ("園芸", "編み物", "ヨット", "陶芸", "占星術", "ワイン", "犬の飼育"),
}


@dataclass(frozen=True)
class HostileLabels:
    """A label set with the rubric that it is judged by.

    Attributes:
        name: What the set is called in a table.
        language: Language of the labels and of the rubric.
        rubric: Name of the rubric.
        path: The file with the labels.
    """

    name: str
    language: str
    rubric: str
    path: Path

    @cached_property
    def labels(self) -> LabelSet:
        """The labels."""
        return read_labels(self.path)

    @property
    def words(self) -> list[str]:
        """The labels' plain names."""
        return [label.plain for label in self.labels]

    @property
    def topics(self) -> tuple[str, ...]:
        """Categories that are in none of the sets."""
        return TOPICS[self.language]


HOSTILE_LABELS = (
    HostileLabels("20 Newsgroups", "en", "category-relevance", GLOSSARY),
    HostileLabels("topics", "en", "category-relevance", HERE / "labels-en.txt"),
    HostileLabels("topics-ja", "ja", "category-relevance-ja", HERE / "labels-ja.txt"),
)
