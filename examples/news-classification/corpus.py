"""The texts to train on and how they become token ids."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.model_selection import train_test_split

from evaluator.cases import FileCases, NewsgroupsCases
from evaluator.classifier.template import PromptTemplate
from evaluator.errors import DataUnusable


@dataclass(frozen=True, slots=True)
class Part:
    """Some labelled texts, already in the prompt template.

    Attributes:
        texts: What the model reads.
        classes: The label index of each text.
    """

    texts: list[str]
    classes: list[int]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled texts, divided for training and validation.

    Attributes:
        labels: Label names in sorted order; a class is a position among them.
        training: What the model learns from.
        held_out: What the epoch is chosen on; empty where nothing is held out.
        fingerprint: SHA-256 of the data that all of them came from.
    """

    labels: list[str]
    training: Part
    held_out: Part
    fingerprint: str

    def label_counts(self) -> list[int]:
        """Return how many texts each label has."""
        occurrences = Counter([*self.training.classes, *self.held_out.classes])
        return [occurrences[label] for label in range(len(self.labels))]


def read_corpus(
    source: FileCases | NewsgroupsCases, template: PromptTemplate, held_out_share: float, seed: int
) -> Corpus:
    """Read the training texts and hold the validation part out.

    Args:
        source: The labelled texts; empty ones are left out.
        template: What to put around each text.
        held_out_share: Part of the texts to validate on; 0 for none.
        seed: Seed of the division, which keeps each label's share.

    Raises:
        DataUnusable: The data cannot be read, or a label is too rare to be divided.
    """
    cases = [case for case in source if case.text.strip()]
    labels = sorted({case.gold for case in cases})
    if len(labels) == 1:
        raise DataUnusable(f"every text has the label '{labels[0]}'; training needs two labels.")
    texts = [template.render(case.text) for case in cases]
    classes = [labels.index(case.gold) for case in cases]
    if not held_out_share:
        return Corpus(labels, Part(texts, classes), Part([], []), source.fingerprint)
    try:
        train_texts, held_out_texts, train_classes, held_out_classes = train_test_split(
            texts, classes, test_size=held_out_share, stratify=classes, random_state=seed
        )
    except ValueError as error:
        raise DataUnusable(f"no validation part can be held out: {error}") from error
    training = Part(train_texts, train_classes)
    return Corpus(labels, training, Part(held_out_texts, held_out_classes), source.fingerprint)


def encoded(tokenizer: Any, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Return token ids as the evaluator makes them: cut by the tokenizer, markup read as text."""
    if not texts:
        return []
    token_ids: list[list[int]] = tokenizer(
        list(texts), split_special_tokens=True, truncation=True, max_length=max_tokens
    )["input_ids"]
    return token_ids
