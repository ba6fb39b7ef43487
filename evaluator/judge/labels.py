"""The closed set of categories, and which texts name one of them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.documents import NotADocument, parse_document
from evaluator.errors import DataUnusable

_CLASS_INDEX = re.compile("0|[1-9][0-9]{0,3}")
_SEPARATORS = re.compile(r"[\s_]+")


@dataclass(frozen=True, slots=True)
class Label:
    """A category.

    Attributes:
        name: Its name in the data and in the model under test.
        plain: The words the judge reads for it.
        description: What belongs to it; may be empty.
        aliases: Other texts that mean it.
    """

    name: str
    plain: str
    description: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelPair:
    """Two different labels of a set, in the set's order: a pair has one verdict, not two."""

    first: str
    second: str


class LabelSet:
    """Distinct labels that can be looked up by any of their texts.

    Args:
        labels: The labels in the order the report shows them.

    Raises:
        DataUnusable: Two labels share a text, or there is none.
    """

    def __init__(self, labels: Iterable[Label]) -> None:
        self._labels = tuple(labels)
        if not self._labels:
            raise DataUnusable("the label set is empty.")
        self._position = {label.name: index for index, label in enumerate(self._labels)}
        if len(self._position) < len(self._labels):
            names = [label.name for label in self._labels]
            twice = next(name for name in names if names.count(name) > 1)
            raise DataUnusable(f"the label set names '{twice}' twice.")
        self._by_text: dict[str, Label] = {}
        for label in self._labels:
            for text in (label.name, label.plain, *label.aliases):
                owner = self._by_text.setdefault(normalized(text), label)
                if owner is not label:
                    raise DataUnusable(
                        f"the labels '{owner.name}' and '{label.name}' are both called '{text}'."
                    )

    def __iter__(self) -> Iterator[Label]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, name: str) -> Label:
        return self._labels[self._position[name]]

    @property
    def names(self) -> tuple[str, ...]:
        """Label names in order."""
        return tuple(label.name for label in self._labels)

    @property
    def spellings(self) -> Mapping[str, Label]:
        """Labels by each of their normalized texts: names, plain names and aliases."""
        return self._by_text

    def resolve(self, text: str) -> Label | None:
        """Return the label that `text` names, after folding width, case and spacing.

        A whole number that no label is called is a class index: data sets often store those.
        """
        position = self._position.get(text)
        if position is not None:
            return self._labels[position]
        named = self._by_text.get(normalized(text))
        if named is None and _CLASS_INDEX.fullmatch(text) and int(text) < len(self._labels):
            return self._labels[int(text)]
        return named

    def pair(self, one: str, other: str) -> LabelPair:
        """Return the unordered pair of two different label names."""
        first, second = sorted((one, other), key=self._position.__getitem__)
        return LabelPair(first, second)

    def pairs(self) -> Iterator[LabelPair]:
        """Yield all K(K-1)/2 pairs."""
        for index, first in enumerate(self._labels):
            for second in self._labels[index + 1 :]:
                yield LabelPair(first.name, second.name)


def normalized(text: str) -> str:
    """Return `text` with width (NFKC), case and spacing folded, and edge punctuation dropped."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _SEPARATORS.sub(" ", folded).strip(" .,;:!?\"'`*")


class _LabelEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    plain: str | None = None
    description: str = ""
    aliases: tuple[str, ...] = ()


class _Glossary(BaseModel):
    model_config = ConfigDict(extra="forbid")

    labels: tuple[_LabelEntry, ...]


def labels_from_names(names: Iterable[str]) -> LabelSet:
    """Return a set whose labels the judge reads as they are spelled."""
    return LabelSet(Label(name, one_line(name)) for name in names)


def one_line(text: str) -> str:
    """Return text whose line breaks are spaces, so that a label cannot pose as another question."""
    return " ".join(text.split())


def read_labels(path: Path) -> LabelSet:
    """Read a label set: a glossary (`.yaml`, `.json`) or a text file (`.txt`) of one name a line.

    Raises:
        DataUnusable: The file is missing, broken or names a label twice.
    """
    try:
        content = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataUnusable(f"{path} is not UTF-8: {error.reason}.") from error
    except OSError as error:
        raise DataUnusable(f"{path} cannot be read: {error.strerror or error}.") from error
    if path.suffix.lower() in {"", ".txt"}:
        return labels_from_names(line.strip() for line in content.splitlines() if line.strip())
    try:
        document = parse_document(path, content)
        if not isinstance(document, dict):
            raise DataUnusable(
                f"{path} is not a label glossary: it needs the key 'labels:' on top."
            )
        glossary = _Glossary.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "content"
        raise DataUnusable(f"{path} is not a label glossary: {place}: {first['msg']}.") from error
    except NotADocument as error:
        raise DataUnusable(str(error)) from error
    return LabelSet(
        Label(entry.name, _plain(entry), entry.description, entry.aliases)
        for entry in glossary.labels
    )


def _plain(entry: _LabelEntry) -> str:
    return one_line(entry.plain or "") or one_line(entry.name)
