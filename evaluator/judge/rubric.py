"""What the judge is asked and what its answers are worth."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from evaluator.cases.digest import text_sha256
from evaluator.errors import ConfigError
from evaluator.judge.item import check_item

DEFAULT_FORM = "question"


def _item(source: str) -> str:
    try:
        check_item(source)
    except ConfigError as error:
        raise ValueError(str(error).rstrip(".")) from error
    return source


Name = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$", max_length=40)]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")]
Word = Annotated[str, StringConstraints(pattern=r"\S", max_length=64)]
Phrase = Annotated[str, StringConstraints(pattern=r"\S", max_length=200)]
Item = Annotated[str, AfterValidator(_item)]


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

    yes: tuple[Word, ...] = Field(min_length=1)
    no: tuple[Word, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _apart(self) -> "AnswerWords":
        shared = {read_as(word) for word in self.yes} & {read_as(word) for word in self.no}
        if shared:
            raise ValueError(f"{min(shared)!r} cannot mean both yes and no")
        return self


def read_as(answer: str) -> str:
    """Return an answer word without what does not matter in it."""
    return answer.strip().casefold()


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
    item: Item
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


class NamedForm(PairForm):
    """One of several ways to ask for relatedness.

    Attributes:
        name: What tells it from the others of its rubric.
    """

    name: Name


class ReasonedExample(Example):
    """An answered pair with the reason for its answer."""

    reason: Phrase


class Because(_Part):
    """What leads from the question to a reason, by the answer that is given."""

    yes: str
    no: str


class Stances(_Part):
    """Words by which a reason takes a side, whatever it was asked to explain."""

    yes: tuple[Word, ...] = ()
    no: tuple[Word, ...] = ()


class ReasonForm(_Part):
    """How the judge is asked for the reason of a verdict.

    Attributes:
        instruction: What the judge should know.
        because: What follows the item of the question, such as "Yes, because".
        examples: Pairs with their reasons.
        stances: Words that tell a reason for relatedness from one against it.
    """

    instruction: str
    because: Because
    examples: tuple[ReasonedExample, ...] = Field(min_length=1)
    stances: Stances = Stances()


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
        negations: Words that do so only where a label is beside them, and may else be part of a
            category.
        fillers: Words that may stand around a category without changing it.
        empty: Words that state nothing alone, but may be part of a category.
        talk: Words of whole sentences and of instructions, which no category's name holds.
    """

    same: PairForm
    penalties: Penalties
    hedges: tuple[str, ...]
    negations: tuple[str, ...] = ()
    fillers: tuple[str, ...]
    empty: tuple[str, ...] = ()
    talk: tuple[str, ...] = ()


class ArticleForm(_Part):
    """How an article is shown above a question.

    Attributes:
        opening: What comes before the article; it says that the article is data, and ends with the
            mark where it begins.
        closing: The mark where it ends. Articles are shown without angle and square brackets, so a
            mark that has one cannot occur in them.
        reminders: So many of the question's examples follow again, to recall how answers look.
    """

    opening: str = Field(pattern=r"\S")
    closing: str = Field(pattern=r"[<>\[\]]")
    reminders: int = Field(default=0, ge=0, le=20)


class Rubric(_Part):
    """A judging rule.

    Attributes:
        name: What lock and report call it.
        language: BCP 47 tag of its texts.
        criteria: What a score means, for readers of the report.
        base_rate: Share of the pairs of an ordinary label set that are related, above 0, below 1.
        levels: The levels and their scores.
        question: How relatedness is asked.
        further_forms: Other ways to ask it, for panels; their answer words are the question's.
        free_text: How texts outside of the label set are read and asked about.
        reason: How a reason is asked for; None where this rubric has no words for it.
        embedded_as: The sentence whose vector stands for a label, with {} for its name.
        article: How an article is shown; None where this rubric judges without articles.
    """

    name: Name
    language: LanguageTag
    criteria: str
    base_rate: float = Field(gt=0, lt=1)
    levels: Levels
    question: QuestionForm
    further_forms: tuple[NamedForm, ...] = ()
    free_text: FreeText
    reason: ReasonForm | None = None
    article: ArticleForm | None = None
    embedded_as: str = Field(default="{}", pattern=r"^[^{}]*\{\}[^{}]*$")

    @field_validator("further_forms")
    @classmethod
    def _under_their_own_names(cls, forms: tuple[NamedForm, ...]) -> tuple[NamedForm, ...]:
        taken = {DEFAULT_FORM}
        for form in forms:
            if form.name in taken:
                raise ValueError(f"two forms are called '{form.name}' (the first '{DEFAULT_FORM}')")
            taken.add(form.name)
        return forms

    @cached_property
    def forms(self) -> tuple[NamedForm, ...]:
        """Every way to ask for relatedness, the default one first."""
        asked = self.question
        default = NamedForm(
            name=DEFAULT_FORM,
            instruction=asked.instruction,
            item=asked.item,
            examples=asked.examples,
        )
        return (default, *self.further_forms)

    def form(self, name: str | None) -> NamedForm:
        """Return the way to ask of that name, the default one for None.

        Raises:
            ConfigError: There is none.
        """
        for form in self.forms:
            if form.name == (name or DEFAULT_FORM):
                return form
        names = ", ".join(form.name for form in self.forms)
        raise ConfigError(f"the rubric '{self.name}' has no form '{name}'; it has: {names}.")

    @cached_property
    def prompt_hashes(self) -> frozenset[str]:
        """Digests of everything that a judge of this rubric may have read."""
        asked = {self.prompt_hash_of(form) for form in self.forms}
        return frozenset({*asked, text_sha256(self.embedded_as)})

    @cached_property
    def prompt_hash(self) -> str:
        """Digest of everything that decides what the judge reads by default, and how it is read."""
        return self.prompt_hash_of(self.question)

    def prompt_hash_of(self, form: PairForm) -> str:
        """Return the digest of what the judge reads in a form, and how it is read."""
        parts = (form, self.question.answers, self.free_text.same)
        return text_sha256("".join(_asked(part) for part in parts))


def _asked(part: _Part) -> str:
    """Return what a judge reads of a part, as one text."""
    return part.model_dump_json(exclude={"name", "answers"})
