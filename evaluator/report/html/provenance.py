"""What a run was made from, as a page tells it."""

import json
from dataclasses import dataclass

from evaluator.judge.labels import LabelPair
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.question import PROBE, Question, prompt_writer
from evaluator.judge.rubric import Rubric
from evaluator.report.html.content import Origin
from evaluator.report.summary import JudgeSummary

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AskedPrompt:
    """What a judge read.

    Attributes:
        title: Which judge, and in which form.
        text: An example of it, in full.
    """

    title: str
    text: str


def judge_facts(lock: JudgeLock) -> Facts:
    """Return everything that can change a verdict, as (name, value)."""
    return [
        (name.replace("_", " "), ", ".join(value) if isinstance(value, tuple) else str(value))
        for name in JudgeLock.model_fields
        if (value := getattr(lock, name)) not in (None, ())
    ]


def asked_prompts(rubric: Rubric, judge: JudgeSummary, matrix: VerdictMatrix) -> list[AskedPrompt]:
    """Return what each judge read of a pair of the run, whole."""
    pair = next(iter(matrix.judgements), PROBE)
    locks = judge.members or (judge,)
    return [
        AskedPrompt(f"{lock.backend} {lock.model}", _read_by(lock, rubric, matrix, pair))
        for lock in locks
    ]


def settings_text(origin: Origin) -> str:
    """Return the settings as indented JSON."""
    return json.dumps(origin.config, indent=1, ensure_ascii=False)


def _read_by(lock: JudgeLock, rubric: Rubric, matrix: VerdictMatrix, pair: LabelPair) -> str:
    for form in rubric.forms:
        if rubric.prompt_hash_of(form) == lock.prompt_hash:
            write = prompt_writer(rubric, matrix.labels, form)
            return write(Question(pair.first, pair.second)).text
    plain = {label.name: label.plain for label in matrix.labels}
    names = (plain.get(name, name) for name in (pair.first, pair.second))
    return "\n".join(rubric.embedded_as.format(name) for name in names)
