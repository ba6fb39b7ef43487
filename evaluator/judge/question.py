"""What is asked of the judge, and the prompt that asks it."""

from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from evaluator.backends.protocol import Prompt, Shot
from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Question:
    """Whether two labels are related, asked in one order.

    Attributes:
        first: Name of the label that the prompt names first.
        second: Name of the other label.
    """

    first: str
    second: str


def both_orders(pair: LabelPair) -> tuple[Question, Question]:
    """Return a pair's two questions: a small judge's answer depends on the order."""
    return Question(pair.first, pair.second), Question(pair.second, pair.first)


def prompt_writer(rubric: Rubric, labels: LabelSet) -> Callable[[Question], Prompt]:
    """Return the function that turns a question on these labels into a prompt.

    Raises:
        ConfigError: The rubric's item template is broken.
    """
    form = rubric.question
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    try:
        item = environment.from_string(form.item)
        item.render(first="", second="")  # fails now, even where there are no examples to render
        spelling = {"yes": form.answers.yes[0], "no": form.answers.no[0]}
        shots = tuple(
            Shot(item.render(first=shot.first, second=shot.second), spelling[shot.answer])
            for shot in form.examples
        )
    except TemplateError as error:
        raise ConfigError(f"the rubric '{rubric.name}' cannot be rendered: {error}.") from error

    def write(question: Question) -> Prompt:
        first, second = labels[question.first].plain, labels[question.second].plain
        return Prompt(form.instruction, shots, item.render(first=first, second=second))

    return write
