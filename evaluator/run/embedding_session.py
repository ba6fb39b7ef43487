"""A judge that compares vectors instead of answering questions."""

import asyncio
from collections.abc import Sequence

from evaluator.backends.embedding import EmbeddingBackend
from evaluator.backends.naming import JudgeSpec
from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock, lock_of_vectors
from evaluator.judge.matrix import PairJudgement, VerdictMatrix, Wanted
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.references import References, built_in_references
from evaluator.judge.rubric import Rubric
from evaluator.judge.scoring import Reading
from evaluator.judge.sentinels import Sentinel
from evaluator.judge.similarity import Similarity
from evaluator.run.calibrating import Calibrator, keep_survey
from evaluator.run.journal import Journal
from evaluator.run.judged import Judged
from evaluator.run.progress import Progress
from evaluator.run.usage import NOTHING_ASKED

READS_NO_TEXTS = "not-read"


class EmbeddingSession:
    """An open embedding model. Vectors cost little and come out equal, so none is journaled.

    Args:
        spec: Which model.
        rubric: How a label is worded for it, and in which language.
        calibrator: Which calibration is wanted.
    """

    def __init__(self, spec: JudgeSpec, rubric: Rubric, calibrator: Calibrator) -> None:
        self._backend = EmbeddingBackend(spec.gguf)
        self._rubric = rubric
        self._calibrator = calibrator
        self._runner = asyncio.Runner()

    def __enter__(self) -> "EmbeddingSession":
        """Load the model.

        Raises:
            JudgeUnavailable: It cannot be loaded.
        """
        try:
            self._runner.run(self._backend.__aenter__())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Let the model go."""
        try:
            self._runner.run(self._backend.__aexit__(*exc_info))
        finally:
            self._runner.close()

    @property
    def lock(self) -> JudgeLock:
        """Which model this is, and how labels are worded for it."""
        return lock_of_vectors(self._backend.identity, self._rubric)

    @property
    def is_served(self) -> bool:
        """Whether servers do its work: its model runs in this process."""
        return False

    def judge(
        self, labels: LabelSet, wanted: Wanted, journal: Journal[Answer], progress: Progress
    ) -> Judged:
        """Return verdicts on pairs of labels; it reads no texts: it cannot say what is the same.

        Raises:
            ConfigError: There are no reference topics in the rubric's language to centre on.
            JudgeUnavailable: The model fails at a text.
        """
        references = built_in_references(self._rubric.language)
        sentinels = self._calibrator.completed(wanted, labels).sentinels
        worded = {label.name: label.plain for label in labels}
        clues = [sentinel.clue for sentinel in sentinels]
        with progress.stage("embedding", None, "texts") as advance:
            near = self._similarity([*worded.values(), *clues], references.topics)
            advance(len(worded) + len(clues))
        judgements = {
            pair: _judgement(near.cosine(worded[pair.first], worded[pair.second]))
            for pair in wanted.pairs
        }
        matrix = VerdictMatrix(
            self.lock,
            labels,
            judgements,
            {},
            unanswered_texts=dict.fromkeys(wanted.texts, READS_NO_TEXTS),
            sentinel_margins=tuple(_margin(near, labels, one) for one in sentinels),
        )
        survey = self._calibrator.survey(self.lock, lambda known: self._survey(known, progress))
        matrix = self._calibrator.without_leanings(matrix, survey)
        return Judged(matrix, NOTHING_ASKED, survey)

    def _survey(self, references: References, progress: Progress) -> ReferenceSurvey:
        with progress.stage("calibrating", None, "texts") as advance:
            near = self._similarity(references.texts, references.topics)
            advance(len(references.texts))
        cosines = tuple(near.cosine(pair.first, pair.second) for pair in references.pairs)
        survey = ReferenceSurvey(references, {}, cosines)
        keep_survey(self.lock, survey)
        return survey

    def _similarity(self, texts: Sequence[str], topics: Sequence[str]) -> Similarity:
        distinct = list(dict.fromkeys([*texts, *topics]))
        sentences = [self._rubric.embedded_as.replace("{}", text) for text in distinct]
        vectors = self._runner.run(self._backend.embed(sentences))
        return Similarity(dict(zip(distinct, vectors, strict=True)), topics)


def _judgement(cosine: float) -> PairJudgement:
    reading = Reading(cosine, 1.0)
    return PairJudgement(reading, reading)


def _margin(near: Similarity, labels: LabelSet, sentinel: Sentinel) -> float:
    own, other = (labels[name].plain for name in (sentinel.own, sentinel.other))
    return near.cosine(sentinel.clue, own) - near.cosine(sentinel.clue, other)
