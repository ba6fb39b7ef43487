"""Calibrating the judge: which curve, and the reference survey it rests on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from evaluator.backends.gguf import cache_dir
from evaluator.errors import ConfigError, StorageFailed
from evaluator.judge.article_questions import anchors_of
from evaluator.judge.asking import Answer, Heard, NoAnswer, lost_by_reason
from evaluator.judge.biases import bias_questions
from evaluator.judge.calibrating import TOO_FEW_ANSWERS, Curve, calibrated
from evaluator.judge.calibration import FEWEST_ANSWERED, Calibration
from evaluator.judge.calibration_file import LabelledCalibration, read_calibration
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix, Wanted
from evaluator.judge.panel import PanelMatrix
from evaluator.judge.platt import Platt
from evaluator.judge.question import Question
from evaluator.judge.reference_survey import ReferenceSurvey, reference_questions, survey_of
from evaluator.judge.references import References, built_in_references
from evaluator.judge.rubric import Rubric
from evaluator.judge.sentinels import sentinel_questions, sentinels_of
from evaluator.judge.survey_file import read_survey, shipped_survey, survey_json, survey_name
from evaluator.run.directory import write_whole
from evaluator.run.journal import Journal
from evaluator.run.progress import Progress

logger = logging.getLogger(__name__)

NONE = "none"
REFERENCE = "reference"

Hear = Callable[[Answer | NoAnswer], None]
Take = Callable[[References], ReferenceSurvey]
Ask = Callable[[list[Question], Hear], None]


class Calibrator:
    """Calibrates one judge.

    Args:
        calibration: `none`, `reference`, or the path of a calibration by human labels.
        rubric: Whose language the references are in, and which base rate is declared.

    Raises:
        ConfigError: The calibration's file is unusable.
    """

    def __init__(self, calibration: str, rubric: Rubric) -> None:
        self._base_rate = rubric.base_rate
        self._none = calibration == NONE
        self._labelled: LabelledCalibration | None = None
        self._references: References | None = None
        if calibration == NONE:
            return
        if calibration != REFERENCE:
            self._labelled = read_calibration(Path(calibration))
            if not self._labelled.centred:
                return
        try:
            self._references = built_in_references(rubric.language)
        except ConfigError as error:
            give_up(str(error).rstrip("."))

    @property
    def wanted(self) -> bool:
        """Whether any calibration is."""
        return self._references is not None or self._labelled is not None

    def completed(self, wanted: Wanted, labels: LabelSet) -> Wanted:
        """Return what is wanted, with what a calibration needs to know besides."""
        if self._references is None:
            return wanted
        known = {*wanted.leaning} or {*labels.names}
        sentinels = (one for one in sentinels_of(labels) if {one.own, one.other} <= known)
        return replace(wanted, topics=self._references.topics, sentinels=tuple(sentinels))

    def anchors(self, labels: LabelSet) -> tuple[LabelPair, ...]:
        """Return the reference pairs that show how an article sways a judge; none without any."""
        return () if self._references is None else anchors_of(self._references, labels)

    def questions_besides(self, labels: LabelSet) -> int:
        """Return how many more questions than on its pairs a label set takes to be calibrated."""
        wanted = self.completed(Wanted(()), labels)
        biases = bias_questions(labels.names, wanted.topics) if wanted.topics else []
        return len(biases) + len(sentinel_questions(wanted.sentinels))

    def known_survey(self, lock: JudgeLock) -> ReferenceSurvey | None:
        """Return the judge's reference survey if it ships or an earlier run kept it."""
        if self._references is None:
            return None
        path = _kept_at(lock, self._references)
        return shipped_survey(lock, self._references) or read_survey(path, lock, self._references)

    def survey_questions(self, lock: JudgeLock) -> int:
        """Return how many questions the survey needs that nobody kept the answers of."""
        if self._references is None or self.known_survey(lock) is not None:
            return 0
        return len(reference_questions(self._references))

    def survey(self, lock: JudgeLock, take: Take) -> ReferenceSurvey | None:
        """Return the judge's reference survey, taken where none is known; None if none is wanted.

        Raises:
            JudgeUnavailable: The judge stopped answering during the survey.
        """
        if self._references is None:
            return None
        return self.known_survey(lock) or take(self._references)

    def calibrated(
        self, matrix: VerdictMatrix, wanted: Wanted, heard: Heard, survey: ReferenceSurvey | None
    ) -> VerdictMatrix:
        """Return the matrix calibrated; as it is, with a warning, where that cannot be done.

        Args:
            matrix: The verdicts.
            wanted: What was asked.
            heard: The answers.
            survey: The judge's view of the reference pairs, if it was wanted.

        Raises:
            ConfigError: The calibration by human labels is of another judge.
        """
        if survey is None:
            return self.without_leanings(matrix, None)
        curve = self._curve(matrix.lock, survey)
        if curve is None:
            return matrix
        found = calibrated(matrix, wanted, heard, survey, curve)
        if isinstance(found, str):
            give_up(found)
            return matrix
        return found

    def without_leanings(
        self, matrix: VerdictMatrix, survey: ReferenceSurvey | None
    ) -> VerdictMatrix:
        """Return the matrix calibrated by its logits as they are; as it is without a calibration.

        Raises:
            ConfigError: The calibration by human labels is of another judge.
        """
        if self._labelled is not None:
            curve: Curve | None = self._labelled_curve(self._labelled, matrix.lock)
        else:
            curve = None if survey is None else self._curve(matrix.lock, survey)
        if curve is None:
            return replace(matrix, calibration=None)
        texts = [*matrix.labels.names, *(one.text for one in matrix.text_judgements)]
        checked = () if survey is None else survey.checked
        none = dict.fromkeys(texts, 0.0)
        return replace(
            matrix, calibration=Calibration(curve.kind, curve.fit, curve.base_rate, none, checked)
        )

    def recalibrated(self, matrix: VerdictMatrix) -> VerdictMatrix:
        """Return a stored matrix as these settings want it, asking nothing.

        Raises:
            ConfigError: The calibration by human labels does not fit the matrix.
        """
        if self._none and isinstance(matrix, PanelMatrix):
            raise ConfigError(
                f"a panel pools calibrated judges: drop --calibration {NONE}, or name another "
                "--matrix."
            )
        if self._labelled is None and not self._none:
            return self._at_base_rate(matrix)
        if self._labelled is None or not self._labelled.centred:
            return self.without_leanings(matrix, None)
        if matrix.calibration is None or not matrix.calibration.is_centred:
            raise ConfigError(
                "the calibration needs the judge's leanings, which the stored matrix lacks; "
                "judge the label set anew with `evaluator matrix`."
            )
        curve = self._labelled_curve(self._labelled, matrix.lock)
        return replace(
            matrix,
            calibration=replace(
                matrix.calibration, kind=curve.kind, fit=curve.fit, base_rate=curve.base_rate
            ),
        )

    def _at_base_rate(self, matrix: VerdictMatrix) -> VerdictMatrix:
        """Return a matrix by reference pairs at the base rate that this rubric declares."""
        known = matrix.calibration
        if known is None or known.kind != REFERENCE or not isinstance(known.fit, Platt):
            return matrix
        if known.base_rate == self._base_rate:
            return matrix
        fit = known.fit.shifted(known.base_rate, self._base_rate)
        return replace(matrix, calibration=replace(known, fit=fit, base_rate=self._base_rate))

    def _curve(self, lock: JudgeLock, survey: ReferenceSurvey) -> Curve | None:
        if self._labelled is not None:
            return self._labelled_curve(self._labelled, lock)
        if survey.answered_share < FEWEST_ANSWERED:
            give_up(TOO_FEW_ANSWERS)
            return None
        fit = survey.fit(self._base_rate)
        if fit is None:
            give_up("the judge does not tell related reference pairs from unrelated ones")
            return None
        return Curve("reference", fit, self._base_rate)

    def _labelled_curve(self, labelled: LabelledCalibration, lock: JudgeLock) -> Curve:
        differences = labelled.lock.differences(lock)
        if differences:
            raise ConfigError(
                f"the calibration is of another judge: {'; '.join(differences)}; label pairs of "
                "this judge with `evaluator agreement`, or use --calibration reference."
            )
        return Curve("labelled", labelled.fit, labelled.base_rate)


@dataclass(frozen=True, slots=True)
class SurveyTaken:
    """A survey that had to be asked for.

    Attributes:
        survey: The survey.
        heard: What came of each of its questions.
        calls: Questions put to the judge at this start.
    """

    survey: ReferenceSurvey
    heard: Heard
    calls: int


def take_survey(
    lock: JudgeLock,
    references: References,
    ask: Ask,
    journal: Journal[Answer],
    progress: Progress,
) -> SurveyTaken:
    """Ask a judge about the reference pairs, once, and keep the survey for its later runs.

    A survey with lost questions is not kept: this run's journal is, so that its next start asks
    those alone.

    Raises:
        JudgeUnavailable: The judge stopped answering; what it said is in the journal.
    """
    questions = reference_questions(references)
    heard: dict[Question, Answer | NoAnswer] = {one.question: one for one in journal}
    left = [question for question in questions if question not in heard]
    done = len(questions) - len(left)
    with (
        journal,
        progress.stage("calibrating", len(questions), "questions", done=done) as advance,
    ):

        def hear(outcome: Answer | NoAnswer) -> None:
            heard[outcome.question] = outcome
            if isinstance(outcome, Answer):
                journal.append(outcome)
            advance(1)

        ask(left, hear)
    survey = survey_of(references, heard)
    if survey.answered_share >= FEWEST_ANSWERED and not lost_by_reason(heard.values()):
        keep_survey(lock, survey)
    return SurveyTaken(survey, heard, len(left))


def keep_survey(lock: JudgeLock, survey: ReferenceSurvey) -> None:
    """Keep a judge's survey for its later runs, with a warning where the cache refuses."""
    path = _kept_at(lock, survey.references)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, survey_json(lock, survey) + "\n")
    except (OSError, StorageFailed) as error:
        logger.warning("the judge's calibration is not kept for later runs: %s", error)


def _kept_at(lock: JudgeLock, references: References) -> Path:
    return cache_dir() / "surveys" / survey_name(lock, references)


def give_up(reason: str) -> None:
    """Say aloud that a judge is used without a calibration, and why."""
    logger.warning("The judge stays uncalibrated: %s.", reason)
