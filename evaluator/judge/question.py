"""What is asked of the judge, and the prompt that asks it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from evaluator.backends.protocol import Prompt, Shot
from evaluator.judge.item import ItemTemplate
from evaluator.judge.labels import Label, LabelPair
from evaluator.judge.rubric import PairForm, Rubric

PROBE = LabelPair("guitars", "drums")


@dataclass(frozen=True, slots=True)
class TextPair:
    """A text that names no label of the set, and the gold label it is held against."""

    text: str
    gold: str


@dataclass(frozen=True, slots=True)
class Question:
    """Whether two labels, or a label and a text, are related or the same, asked in one order.

    Attributes:
        first: Name of the label, or the text, that the prompt names first.
        second: The other one.
        asks: What is asked.
        article: Digest of the article that the prompt shows; None where it shows none.
    """

    first: str
    second: str
    asks: Literal["related", "same"] = "related"
    article: str | None = None


def both_orders(pair: LabelPair) -> tuple[Question, Question]:
    """Return a pair's two questions: a small judge's answer depends on the order."""
    return Question(pair.first, pair.second), Question(pair.second, pair.first)


def related_questions(pair: TextPair) -> tuple[Question, Question]:
    """Return both orders of whether a text is related to its gold label."""
    return Question(pair.text, pair.gold), Question(pair.gold, pair.text)


def same_questions(pair: TextPair) -> tuple[Question, Question]:
    """Return both orders of whether a text means its gold label."""
    return Question(pair.text, pair.gold, "same"), Question(pair.gold, pair.text, "same")


def prompt_writer(
    rubric: Rubric, labels: Iterable[Label] = (), form: PairForm | None = None
) -> Callable[[Question], Prompt]:
    """Return the function that turns a question on these labels, or on texts, into a prompt.

    Args:
        rubric: What is asked.
        labels: Labels whose plain names the judge reads instead of their names.
        form: How relatedness is asked; None for the rubric's default.
    """
    related = _FormWriter(rubric, form or rubric.question)
    same = _FormWriter(rubric, rubric.free_text.same)
    plain = {label.name: label.plain for label in labels}

    def write(question: Question) -> Prompt:
        form = same if question.asks == "same" else related
        first, second = question.first, question.second
        return form.prompt(plain.get(first, first), plain.get(second, second))

    return write


def probe_prompt(rubric: Rubric, form: PairForm | None = None) -> Prompt:
    """Return a question on a related pair, to find out how a judge is best asked."""
    return example_prompt(rubric, form or rubric.question)


def example_prompt(rubric: Rubric, form: PairForm) -> Prompt:
    """Return what the judge reads where a related pair is asked about in a form of the rubric."""
    return _FormWriter(rubric, form).prompt(PROBE.first, PROBE.second)


class _FormWriter:
    def __init__(self, rubric: Rubric, form: PairForm) -> None:
        self._item = ItemTemplate(form.item)
        self._instruction = form.instruction
        self._choices = rubric.question.choices
        yes, no = self._choices
        self._shots = tuple(
            Shot(self._item.render(one.first, one.second), yes if one.answer == "yes" else no)
            for one in form.examples
        )

    def prompt(self, first: str, second: str) -> Prompt:
        question = self._item.render(first, second)
        return Prompt(self._instruction, self._shots, question, self._choices)
