"""Why the judge gave a verdict: what it is asked, and what its reason says."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evaluator.backends.protocol import Prompt, Shot
from evaluator.errors import ConfigError
from evaluator.judge.cleaning import cleaned
from evaluator.judge.item import ItemTemplate
from evaluator.judge.labels import Label, one_line
from evaluator.judge.rubric import ReasonForm, Rubric
from evaluator.judge.words import any_of

EVEN = 0.5
MOST_TOKENS = 60
LONGEST_REASON = 300
_WHOLE_SENTENCES = re.compile(r".*(?:[.!?](?=\s|$)|[。！？])")
_END_OF_ANSWER = r"(?=\s*(?:[,.;:!?、。]|$))"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict that a reason is asked for.

    Attributes:
        predicted: The predicted label, by name, or a text outside of the label set.
        gold: The gold label, by name.
        related: Whether it calls them related.
    """

    predicted: str
    gold: str
    related: bool


def rules_related(p_related: float) -> bool:
    """Return the side that a verdict takes; evenly split, it is the lower one, as its level is."""
    return p_related > EVEN


def reason_writer(rubric: Rubric, labels: Iterable[Label] = ()) -> Callable[[Ruling], Prompt]:
    """Return the function that turns a ruling, on these labels or on texts, into a prompt.

    It is the rubric's question with the ruling as its answer, and ends where the reason begins.

    Raises:
        ConfigError: The rubric has no words for it.
    """
    form, item = reason_form(rubric), ItemTemplate(rubric.question.item)
    plain = {label.name: label.plain for label in labels}

    def question(first: str, second: str, related: bool) -> str:
        because = form.because.yes if related else form.because.no
        return f"{item.render(first, second)} {because}"

    shots = tuple(
        Shot(question(one.first, one.second, one.answer == "yes"), one.reason)
        for one in form.examples
    )

    def write(ruling: Ruling) -> Prompt:
        first, second = (plain.get(one, one) for one in (ruling.predicted, ruling.gold))
        return Prompt(form.instruction, shots, question(first, second, ruling.related))

    return write


def reason_form(rubric: Rubric) -> ReasonForm:
    """Return how a rubric asks for reasons.

    Raises:
        ConfigError: It does not.
    """
    if rubric.reason is None:
        raise ConfigError(
            f"the rubric '{rubric.name}' has no words to ask for a reason: give it a key 'reason', "
            "or leave --explain out."
        )
    return rubric.reason


def reason_said(text: str, *, was_cut: bool) -> str:
    """Return the reason in what a judge wrote: its first line, of bounded length.

    Args:
        text: What it wrote.
        was_cut: Whether it was stopped before its end; the last, unfinished sentence is left out
            where there is another before it.
    """
    lines = (one_line(line) for line in cleaned(text).splitlines())
    line = next((line for line in lines if line), "")
    whole = _WHOLE_SENTENCES.match(line) if was_cut else None
    return (whole.group() if whole else line)[:LONGEST_REASON].rstrip()


class ReasonReader:
    """Tells on which side a reason stands.

    Args:
        rubric: Whose words tell it.

    Raises:
        ConfigError: It has none.
    """

    def __init__(self, rubric: Rubric) -> None:
        stances = reason_form(rubric).stances
        said = dict(zip((True, False), rubric.question.choices, strict=True))
        self._for, self._against = (
            {phrase.casefold() for phrase in phrases} for phrases in (stances.yes, stances.no)
        )
        phrases = any_of(self._for | self._against).pattern
        answers = "|".join(
            f"(?P<{'yes' if related else 'no'}>{any_of([word.strip().casefold()]).pattern})"
            for related, word in said.items()
        )
        self._stated = re.compile(f"(?:{answers}){_END_OF_ANSWER}|(?P<phrase>{phrases})")

    def contradicts(self, reason: str, ruling: Ruling) -> bool:
        """Whether the last side that a reason takes in so many words is not the ruling's."""
        stated = list(self._stated.finditer(reason.casefold()))
        if not stated:
            return False
        last = stated[-1]
        phrase = last.group("phrase")
        related = last.group("yes") is not None if phrase is None else phrase in self._for
        return related != ruling.related
