"""Topics and pairs with known answers that a judge is calibrated on, in no evaluation set."""

from dataclasses import dataclass
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.cases.digest import text_sha256
from evaluator.errors import ConfigError

FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class ReferencePair:
    """Two categories and whether they are related.

    Attributes:
        first: One category.
        second: The other one.
        related: Whether both belong to the same broad subject area.
        held_out: Whether the pair is kept from the fit, to check the judge on.
    """

    first: str
    second: str
    related: bool
    held_out: bool


@dataclass(frozen=True, slots=True)
class References:
    """What a judge's answers are held against, in one language.

    Attributes:
        language: BCP 47 tag of the texts.
        topics: Ordinary subjects far from one another, none of them in a pair.
        pairs: Pairs with their answers, as many related as unrelated.
    """

    language: str
    topics: tuple[str, ...]
    pairs: tuple[ReferencePair, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every category of the pairs once."""
        return tuple(dict.fromkeys(text for one in self.pairs for text in (one.first, one.second)))

    @property
    def digest(self) -> str:
        """SHA-256 of the topics, the pairs and their labels."""
        return text_sha256(repr((self.topics, self.pairs)))

    @property
    def fitting(self) -> tuple[ReferencePair, ...]:
        """Pairs that a calibration is fitted on; no category of them is in `held_out`."""
        return tuple(pair for pair in self.pairs if not pair.held_out)

    @property
    def held_out(self) -> tuple[ReferencePair, ...]:
        """Pairs that no fit may see."""
        return tuple(pair for pair in self.pairs if pair.held_out)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PairEntry(_Entry):
    first: str = Field(min_length=1)
    second: str = Field(min_length=1)
    related: bool
    reason: str = Field(min_length=1)
    held_out: bool = False


class _ReferenceFile(_Entry):
    language: str
    topics: tuple[str, ...] = Field(min_length=1)
    pairs: tuple[_PairEntry, ...] = Field(min_length=1)


def built_in_references(language: str) -> References:
    """Return the references that ship with the package.

    Args:
        language: BCP 47 tag, such as that of a rubric.

    Raises:
        ConfigError: There are none in that language.
    """
    folder = files("evaluator.judge") / "reference_data"
    names = (item.name for item in folder.iterdir())
    languages = sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))
    if language not in languages:
        raise ConfigError(
            f"there are no reference pairs in the language '{language}'; "
            f"there are some in: {', '.join(languages)}."
        )
    source = folder / f"{language}.yaml"
    try:
        content = _ReferenceFile.model_validate(yaml.safe_load(source.read_text("utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"the references in '{language}' are broken: {error}.") from error
    return References(
        content.language,
        content.topics,
        tuple(
            ReferencePair(pair.first, pair.second, pair.related, pair.held_out)
            for pair in content.pairs
        ),
    )


def nearest_references(language: str) -> References:
    """Return the references in a language, or the English ones where there are none."""
    try:
        return built_in_references(language)
    except ConfigError:
        return built_in_references(FALLBACK_LANGUAGE)
