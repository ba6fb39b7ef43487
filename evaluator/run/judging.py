"""The judge stage: from the pairs that need a verdict to the matrix."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from types import TracebackType

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import Prompt, PullProgress
from evaluator.backends.replicas import Replicas
from evaluator.judge.asking import Answer, Interviewer, NoAnswer, lost_by_reason
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock, lock_of
from evaluator.judge.matrix import Wanted, assemble
from evaluator.judge.patience import AskingPolicy
from evaluator.judge.question import Question, probe_prompt, prompt_writer
from evaluator.judge.reason import Ruling, reason_writer
from evaluator.judge.reasoning import NoReason, Reason, Reasoner
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.references import References
from evaluator.judge.rubric import Rubric
from evaluator.report.cautions import lost_questions, plain_answers, slow_judge
from evaluator.report.summary import RunUsage
from evaluator.run.calibrating import Calibrator, Hear, SurveyTaken, take_survey
from evaluator.run.event_loop import EventLoop
from evaluator.run.journal import Journal
from evaluator.run.judged import Judged
from evaluator.run.progress import Progress
from evaluator.run.settings import Settings
from evaluator.run.usage import total_usage

logger = logging.getLogger(__name__)


class JudgeSession:
    """An open backend. A context manager, so that the backend is always closed.

    Args:
        spec: Which judge, and in which form of the rubric it is asked.
        settings: How patient to be with it.
        rubric: What it is asked.
        calibrator: Calibrates it.
        pull: Progress of pulling a missing model; used only where the settings allow it.

    Raises:
        ConfigError: The rubric has no such form.
    """

    def __init__(
        self,
        spec: JudgeSpec,
        settings: Settings,
        rubric: Rubric,
        calibrator: Calibrator,
        pull: PullProgress,
    ) -> None:
        self._settings = settings
        self._rubric = rubric
        self.form = rubric.form(spec.form)
        self._calibrator = calibrator
        self._is_served = bool(spec.urls)
        self._backend = open_backend(
            spec,
            timeout=settings.timeout,
            concurrency=settings.concurrency,
            pull=pull if settings.pull else None,
            probe=probe_prompt(rubric, self.form),
        )
        self._loop = EventLoop()

    def __enter__(self) -> "JudgeSession":
        """Load or reach the judge.

        Raises:
            JudgeUnavailable: It cannot be loaded or reached.
            ConfigError: Its replicas are not one judge.
        """
        try:
            self._loop.run(self._backend.__aenter__())
        except BaseException:
            self._loop.close()
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
            self._loop.run(self._backend.__aexit__(kind, error, trace))
        finally:
            self._loop.close()

    @property
    def lock(self) -> JudgeLock:
        """Which judge this is."""
        return lock_of(self._backend.identity, self._rubric, self.form)

    @property
    def is_served(self) -> bool:
        """Whether servers do its work."""
        return self._is_served

    def ask(self, labels: Iterable[Label], questions: list[Question], hear: Hear) -> None:
        """Ask every question on labels, or on texts, once and hand each outcome to `hear`.

        Raises:
            JudgeUnavailable: The judge stopped answering.
        """
        self.ask_in(prompt_writer(self._rubric, labels, self.form), questions, hear)

    def ask_in(
        self, write: Callable[[Question], Prompt], questions: Iterable[Question], hear: Hear
    ) -> None:
        """Ask every question in words of the caller's, taking them as they are needed.

        Raises:
            JudgeUnavailable: The judge stopped answering.
        """
        interviewer = Interviewer(
            self._backend,
            write,
            self._rubric.question.answers,
            self._policy,
        )
        self._loop.run(interviewer.ask_all(questions, hear))

    def explain(
        self, labels: LabelSet, rulings: list[Ruling], hear: Callable[[Reason | NoReason], None]
    ) -> None:
        """Ask for the reason of every ruling and hand each to `hear` as it comes.

        Raises:
            JudgeUnavailable: The judge stopped answering.
        """
        reasoner = Reasoner(self._backend, reason_writer(self._rubric, labels), self._policy)
        self._loop.run(reasoner.explain_all(rulings, hear))

    @property
    def _policy(self) -> AskingPolicy:
        backend = self._backend
        turns = backend.turns if isinstance(backend, Replicas) else 1
        return AskingPolicy(self._settings.timeout * turns, self._settings.retries + 1)

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
        wanted = self._calibrator.completed(wanted, labels)
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
        taken: list[SurveyTaken] = []

        def take(references: References) -> ReferenceSurvey:
            ask = partial(self.ask, ())
            known = journal.derived("references")
            taken.append(take_survey(self.lock, references, ask, known, progress))
            return taken[-1].survey

        survey = self._calibrator.survey(self.lock, take)
        matrix = assemble(self.lock, labels, wanted, heard)
        matrix = self._calibrator.calibrated(matrix, wanted, heard, survey)
        calibrating = [heard[question] for question in wanted.calibrating]
        calibrating += (outcome for one in taken for outcome in one.heard.values())
        matrix = replace(matrix, lost=lost_by_reason(calibrating))
        _warn(lost_questions(matrix.lost))
        once = [_usage(one.heard.values(), one.calls) for one in taken]
        usage = total_usage([_usage(heard.values(), len(open_questions)), *once])
        if open_questions:
            how = {"concurrency": self._backend.concurrency, "outside_gpu": self._outside_gpu()}
            usage = usage.model_copy(update=how)
        return Judged(matrix, usage, survey)

    def anchors(self, labels: LabelSet) -> tuple[LabelPair, ...]:
        """Return the reference pairs that show how an article sways this judge."""
        return self._calibrator.anchors(labels)

    @property
    def survey_questions(self) -> int:
        """Questions on reference pairs that this judge would have to be asked first."""
        return self._calibrator.survey_questions(self.lock)

    def _outside_gpu(self) -> float | None:
        """Return the share of the judge outside of GPU memory, and say aloud that there is one."""
        share = self._loop.run(self._backend.outside_gpu())
        _warn(slow_judge(share))
        return share


def _warn(caution: str | None) -> None:
    if caution is not None:
        logger.warning(caution)


def _usage(heard: Iterable[Answer | NoAnswer], calls: int) -> RunUsage:
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
    )
