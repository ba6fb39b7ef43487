"""Summaries made by the real parts from a handful of predictions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import LabelPair, LabelSet, labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.question import TextPair
from evaluator.judge.resolving import resolve
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.judge.statement import statement_reader
from evaluator.judge.verdict import outcome_of
from evaluator.report.gates import Gates
from evaluator.report.summarize import summarize
from evaluator.report.summary import RunUsage, Summary
from evaluator.statistics.tally import Tally

RUBRIC = load_rubric("category-relevance")
USAGE = RunUsage(
    questions=6, calls=4, cached=2, prompt_tokens=60, evaluated_tokens=30, generated_tokens=6
)
LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2:latest",
    digest="sha256:0123456789abcdef0123",
    server_version="0.12.11",
    options=("num_ctx=2048",),
    rubric="category-relevance",
    prompt_hash="ab",
)

Judged = tuple[float, float, float]
"""Both orders' logits and the smaller mass of a pair."""

Judge = Callable[..., VerdictMatrix]
Summarize = Callable[..., Summary]


@pytest.fixture
def judge() -> Judge:
    """Make a matrix from verdicts by pair; a text is the reason why there is none."""

    def judged(
        names: Sequence[str], verdicts: Mapping[tuple[str, str], Judged | str], **lock: str
    ) -> VerdictMatrix:
        labels: LabelSet = labels_from_names(names)
        judgements: dict[LabelPair, PairJudgement] = {}
        unanswered: dict[LabelPair, str] = {}
        for (first, second), found in verdicts.items():
            pair = LabelPair(first, second)
            assert labels.pair(first, second) == pair
            if isinstance(found, str):
                unanswered[pair] = found
            else:
                forward, backward, mass = found
                judgements[pair] = PairJudgement(Reading(forward, 1.0), Reading(backward, mass))
        return VerdictMatrix(LOCK.model_copy(update=lock), labels, judgements, unanswered)

    return judged


@pytest.fixture
def summary_of() -> Summarize:
    """Summarize predictions by a matrix."""

    def summarized(
        matrix: VerdictMatrix,
        predictions: Sequence[Prediction],
        *,
        threshold: float = 0.8,
        max_unscored: float = 0.05,
        seed: int = 0,
        **gates: float,
    ) -> Summary:
        tally = Tally()
        read = statement_reader(matrix.labels, RUBRIC)
        for prediction in predictions:
            tally.add(outcome_of(resolve(prediction, matrix.labels, read), matrix, RUBRIC))
        return summarize(
            tally,
            matrix,
            RUBRIC.levels,
            threshold=threshold,
            gates=Gates(max_unscored, **gates),
            seed=seed,
            usage=USAGE,
            timings={"judging": 1.5},
        )

    return summarized


@pytest.fixture
def matrix(judge: Judge) -> VerdictMatrix:
    """Three labels: a and b related, a and c not, b and c unanswered; a text unanswered."""
    labels = judge(
        ["a", "b", "c"],
        {("a", "b"): (2.0, 0.0, 0.4), ("a", "c"): (-4.0, -2.0, 0.8), ("b", "c"): "timeout"},
    )
    return replace(labels, unanswered_texts={TextPair("zzz", "c"): "http-400"})


@pytest.fixture
def predictions() -> list[Prediction]:
    """Eleven cases: eight judged, one for each reason unscored."""
    pairs = ["aa", "aa", "aa", "aa", "ab", "ab", "ac", "bb", "bc"]
    met = [Prediction(str(n), gold, label) for n, (gold, label) in enumerate(pairs)]
    return [
        *met,
        Prediction("9", "c", "zzz", truncated=True),
        Prediction("10", "c", None, missing="empty-text"),
    ]


@pytest.fixture
def summary(summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction]) -> Summary:
    """The summary of those cases."""
    return summary_of(matrix, predictions)
