"""Label sets whose pairs are known to be related or not."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from evaluator.judge.labels import LabelSet, labels_from_names, read_labels

GLOSSARY = Path(__file__).parent.parent / "examples" / "news-classification" / "labels.yaml"
TOPICS = Path(__file__).with_name("topics.yaml")
NEWS = Path(__file__).with_name("news.yaml")
RELIGION = {"alt.atheism", "soc.religion.christian", "talk.religion.misc"}


@dataclass(frozen=True, slots=True)
class GroupedLabels:
    """A label set in groups; two labels are related where they share one.

    Attributes:
        name: What the set is called in a table.
        labels: The labels.
        groups: Each label's group, in the labels' order.
    """

    name: str
    labels: LabelSet
    groups: tuple[str, ...]

    @property
    def related(self) -> list[bool]:
        """Whether each pair is related, in the order of `labels.pairs()`."""
        group = dict(zip(self.labels.names, self.groups, strict=True))
        return [group[pair.first] == group[pair.second] for pair in self.labels.pairs()]


def newsgroups() -> GroupedLabels:
    """Return the labels of 20 Newsgroups; a group is a top-level subject."""
    labels = read_labels(GLOSSARY)
    return GroupedLabels("20 Newsgroups", labels, tuple(map(subject_of, labels.names)))


def topics() -> GroupedLabels:
    """Return the labels of `topics.yaml`, by which the forms of questions were chosen."""
    return _grouped("topics", TOPICS)


def news() -> GroupedLabels:
    """Return the labels of `news.yaml`, by which nothing was chosen."""
    return _grouped("news", NEWS)


def _grouped(name: str, path: Path) -> GroupedLabels:
    groups = yaml.safe_load(path.read_text("utf-8"))
    members = [(label, group) for group, labels in groups.items() for label in labels]
    labels = labels_from_names(label for label, _ in members)
    return GroupedLabels(name, labels, tuple(group for _, group in members))


def subject_of(label: str) -> str:
    """Return comp, rec, sci, politics, religion or misc."""
    if label in RELIGION:
        return "religion"
    return label.split(".")[1] if label.startswith("talk.") else label.split(".", maxsplit=1)[0]
