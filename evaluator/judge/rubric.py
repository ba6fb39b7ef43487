"""What the judge is asked and what its answers are worth."""

from functools import cached_property
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluator.cases.digest import text_sha256
from evaluator.errors import ConfigError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Levels(_Part):
    """Score of each level, 0 to 1, best first."""

    same: float = Field(ge=0, le=1)
    related: float = Field(ge=0, le=1)
    unrelated: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Levels":
        if not self.same > self.related > self.unrelated:
            raise ValueError("levels must fall: same > related > unrelated")
        return self


class AnswerWords(_Part):
    """Spellings of the two answers; letter case and surrounding spaces do not matter."""

    yes: tuple[str, ...] = Field(min_length=1)
    no: tuple[str, ...] = Field(min_length=1)


class Example(_Part):
    """A pair with its answer, shown to the judge before the question."""

    first: str
    second: str
    answer: Literal["yes", "no"]


class PairForm(_Part):
    """The words around a pair of labels.

    Attributes:
        instruction: What the judge should know; the constant beginning of every prompt.
        item: Jinja2 source with the variables `first` and `second`; the answer follows it.
        examples: Answered pairs of everyday topics, better not from the labels to be judged.
    """

    instruction: str
    item: str
    examples: tuple[Example, ...] = ()


class QuestionForm(PairForm):
    """How relatedness is asked.

    Attributes:
        answers: The words that count as answers, to this and to any other question.
    """

    answers: AnswerWords

    @property
    def choices(self) -> tuple[str, str]:
        """The words that a judge should answer with: yes, no."""
        return self.answers.yes[0], self.answers.no[0]


class Penalties(_Part):
    """What a free text loses, 0 to 1, though never more than it has."""

    ambiguous: float = Field(ge=0, le=1)
    extra_category: float = Field(ge=0, le=1)


class FreeText(_Part):
    """How predictions are read that are texts of their own and not labels of the set.

    Attributes:
        same: How it is asked whether such a text means the gold label itself.
        penalties: Deductions for hedging, and for each category after the first.
        hedges: Words that make a statement ambiguous: alternatives, doubts and negations.
        fillers: Words that may stand around a category without changing it.
    """

    same: PairForm
    penalties: Penalties
    hedges: tuple[str, ...]
    fillers: tuple[str, ...]


class Rubric(_Part):
    """A judging rule.

    Attributes:
        name: Its name on the command line.
        language: BCP 47 tag of its texts.
        criteria: What a score means, for readers of the report.
        levels: The levels and their scores.
        question: How relatedness is asked.
        free_text: How texts outside of the label set are read and asked about.
    """

    name: str
    language: str
    criteria: str
    levels: Levels
    question: QuestionForm
    free_text: FreeText

    @cached_property
    def prompt_hash(self) -> str:
        """Digest of everything that decides what the judge reads and how it is read."""
        return text_sha256(self.question.model_dump_json() + self.free_text.same.model_dump_json())


def built_in_rubric(name: str) -> Rubric:
    """Return a rubric that ships with the package.

    Raises:
        ConfigError: No rubric has that name.
    """
    folder = files("evaluator.judge") / "rubrics"
    source = folder / f"{name}.yaml"
    names = sorted(item.name.removesuffix(".yaml") for item in folder.iterdir())
    if name not in names:
        raise ConfigError(f"there is no rubric '{name}'; there is: {', '.join(names)}.")
    try:
        return Rubric.model_validate(yaml.safe_load(source.read_text("utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"the rubric '{name}' is broken: {error}.") from error
