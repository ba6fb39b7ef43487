"""What is asked of the judge, and the prompt that asks it."""

from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from evaluator.backends.protocol import Prompt, Shot
from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.rubric import Rubric

PROBE = LabelPair("guitars", "drums")


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
    item = _item_template(rubric)
    shots = _shots(rubric, item)

    def write(question: Question) -> Prompt:
        first, second = labels[question.first].plain, labels[question.second].plain
        asked = item.render(first=first, second=second)
        return Prompt(rubric.question.instruction, shots, asked, rubric.question.choices)

    return write


def probe_prompt(rubric: Rubric) -> Prompt:
    """Return a question on a related pair, to find out how a judge is best asked.

    Raises:
        ConfigError: The rubric's item template is broken.
    """
    form, item = rubric.question, _item_template(rubric)
    asked = item.render(first=PROBE.first, second=PROBE.second)
    return Prompt(form.instruction, _shots(rubric, item), asked, form.choices)


def _item_template(rubric: Rubric) -> Template:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    try:
        item = environment.from_string(rubric.question.item)
        item.render(first="", second="")  # fails now, even where there are no examples to render
    except TemplateError as error:
        raise ConfigError(f"the rubric '{rubric.name}' cannot be rendered: {error}.") from error
    return item


def _shots(rubric: Rubric, item: Template) -> tuple[Shot, ...]:
    yes, no = rubric.question.choices
    return tuple(
        Shot(
            item.render(first=example.first, second=example.second),
            yes if example.answer == "yes" else no,
        )
        for example in rubric.question.examples
    )
