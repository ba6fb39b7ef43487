"""The judge stage: from the pairs that need a verdict to the matrix."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from evaluator.backends.naming import parse_judge
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import PullProgress
from evaluator.errors import ConfigError
from evaluator.judge.asking import Answer, AskingPolicy, Interviewer, NoAnswer
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock, lock_of
from evaluator.judge.matrix import VerdictMatrix, Wanted, assemble
from evaluator.judge.matrix_file import read_matrix
from evaluator.judge.question import Question, probe_prompt, prompt_writer
from evaluator.judge.rubric import Rubric
from evaluator.report.summary import RunUsage
from evaluator.report.wording import plain_answers, slow_judge
from evaluator.run.journal import Journal
from evaluator.run.progress import Progress
from evaluator.run.settings import Settings

logger = logging.getLogger(__name__)

NOT_IN_MATRIX = "not-in-matrix"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged label set.

    Attributes:
        matrix: The verdicts.
        usage: What they cost.
    """

    matrix: VerdictMatrix
    usage: RunUsage


class Judge(Protocol):
    """Gives verdicts while its context lasts."""

    def __enter__(self) -> "Judge": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    @property
    def lock(self) -> JudgeLock:
        """Which judge this is."""
        ...

    def judge(
        self,
        labels: LabelSet,
        wanted: Wanted,
        journal: Journal[Answer],
        progress: Progress,
    ) -> Judged:
        """Return verdicts on what is wanted."""
        ...


class StoredJudge:
    """The verdicts of a `matrix.json`, given again without a call.

    Args:
        path: The file.
        labels: The label set to judge.
        rubric: The rubric that must have been asked.

    Raises:
        ConfigError: The file is unusable, or was made with another rubric.
    """

    def __init__(self, path: Path, labels: LabelSet, rubric: Rubric) -> None:
        self._matrix = read_matrix(path, labels)
        lock = self._matrix.lock
        if lock.rubric != rubric.name:
            raise ConfigError(
                f"{path} was judged with the rubric '{lock.rubric}', not with '{rubric.name}'; "
                f"add --rubric {lock.rubric}, or judge the label set anew with `evaluator matrix`."
            )
        if lock.prompt_hash != rubric.prompt_hash:
            raise ConfigError(
                f"{path} was judged with another version of the rubric '{lock.rubric}'; "
                "judge the label set anew with `evaluator matrix`."
            )

    def __enter__(self) -> "StoredJudge":
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    @property
    def lock(self) -> JudgeLock:
        """Which judge gave the verdicts."""
        return self._matrix.lock

    def judge(
        self,
        labels: LabelSet,
        wanted: Wanted,
        journal: Journal[Answer],
        progress: Progress,
    ) -> Judged:
        """Return the stored verdicts; what has none is unanswered."""
        stored = self._matrix
        pairs = {one: stored.judgements.get(one) for one in wanted.pairs}
        texts = {one: stored.text_judgements.get(one) for one in wanted.texts}
        matrix = VerdictMatrix(
            self.lock,
            labels,
            {pair: found for pair, found in pairs.items() if found},
            {pair: NOT_IN_MATRIX for pair, found in pairs.items() if not found},
            {text: found for text, found in texts.items() if found},
            {text: NOT_IN_MATRIX for text, found in texts.items() if not found},
        )
        questions = 2 * len(matrix.judgements) + 4 * len(matrix.text_judgements)
        usage = RunUsage(
            questions=questions,
            calls=0,
            cached=questions,
            prompt_tokens=0,
            evaluated_tokens=0,
            generated_tokens=0,
        )
        return Judged(matrix, usage)


class JudgeSession:
    """An open backend. A context manager, so that the backend is always closed.

    Args:
        settings: Which judge, and how patient to be with it.
        rubric: What it is asked.
        pull: Progress of pulling a missing model; used only where the settings allow it.

    Raises:
        ConfigError: The judge's name cannot be understood.
    """

    def __init__(self, settings: Settings, rubric: Rubric, pull: PullProgress) -> None:
        self._settings = settings
        self._rubric = rubric
        spec = parse_judge(settings.judge, settings.judge_model, settings.judge_url)
        self._backend = open_backend(
            spec,
            timeout=settings.timeout,
            concurrency=settings.concurrency,
            pull=pull if settings.pull else None,
            probe=probe_prompt(rubric),
        )
        self._runner = asyncio.Runner()

    def __enter__(self) -> "JudgeSession":
        """Load or reach the judge.

        Raises:
            JudgeUnavailable: It cannot be loaded or reached.
            ConfigError: Its replicas are not one judge.
        """
        try:
            self._runner.run(self._backend.__aenter__())
        except BaseException:
            self._runner.close()
            raise
        _warn(plain_answers(self._backend.identity.scoring))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the judge."""
        try:
            self._runner.run(self._backend.__aexit__(kind, error, trace))
        finally:
            self._runner.close()

    @property
    def lock(self) -> JudgeLock:
        """Which judge this is."""
        return lock_of(self._backend.identity, self._rubric)

    def ask(
        self, labels: LabelSet, questions: list[Question], hear: Callable[[Answer | NoAnswer], None]
    ) -> None:
        """Ask every question once and hand each outcome to `hear` as it comes.

        Raises:
            JudgeUnavailable: The judge stopped answering.
        """
        interviewer = Interviewer(
            self._backend,
            prompt_writer(self._rubric, labels),
            self._rubric.question.answers,
            AskingPolicy(
                self._settings.timeout * max(1, len(self._settings.judge_url)),  # each its turn
                self._settings.retries + 1,
            ),
        )
        self._runner.run(interviewer.ask_all(questions, hear))

    def judge(
        self,
        labels: LabelSet,
        wanted: Wanted,
        journal: Journal[Answer],
        progress: Progress,
    ) -> Judged:
        """Return verdicts on what is wanted, asking only what the journal does not know.

        Raises:
            JudgeUnavailable: The judge stopped answering; what it said is in the journal.
        """
        questions = wanted.questions
        open_to_reuse = set(questions)
        known = {answer.question: answer for answer in journal if answer.question in open_to_reuse}
        heard: dict[Question, Answer | NoAnswer] = dict(known)
        open_questions = [question for question in questions if question not in known]
        with (
            journal,
            progress.stage("judging", len(questions), "questions", done=len(known)) as advance,
        ):

            def hear(outcome: Answer | NoAnswer) -> None:
                heard[outcome.question] = outcome
                if isinstance(outcome, Answer):
                    journal.append(outcome)
                advance(1)

            self.ask(labels, open_questions, hear)
        outside_gpu = self._outside_gpu() if open_questions else None
        matrix = assemble(self.lock, labels, wanted, heard)
        return Judged(matrix, _usage(heard.values(), len(open_questions), outside_gpu))

    def _outside_gpu(self) -> float | None:
        """Return the share of the judge outside of GPU memory, and say aloud that there is one."""
        share = self._runner.run(self._backend.outside_gpu())
        _warn(slow_judge(share))
        return share


def _warn(caution: str | None) -> None:
    if caution is not None:
        logger.warning(caution)


def _usage(heard: Iterable[Answer | NoAnswer], calls: int, outside_gpu: float | None) -> RunUsage:
    outcomes = list(heard)
    usages = [outcome.usage for outcome in outcomes if isinstance(outcome, Answer)]
    evaluated = [usage.evaluated_tokens for usage in usages]
    told = [tokens for tokens in evaluated if tokens is not None]
    return RunUsage(
        questions=len(outcomes),
        calls=calls,
        cached=len(outcomes) - calls,
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        evaluated_tokens=sum(told) if len(told) == len(evaluated) else None,
        generated_tokens=sum(usage.generated_tokens for usage in usages),
        outside_gpu=outside_gpu,
    )


def open_judge(settings: Settings, labels: LabelSet, rubric: Rubric, pull: PullProgress) -> Judge:
    """Return the judge that the settings name, not yet entered.

    Raises:
        ConfigError: Its name cannot be understood, or its stored matrix is unusable.
    """
    if settings.matrix is not None:
        return StoredJudge(settings.matrix, labels, rubric)
    return JudgeSession(settings, rubric, pull)
