"""`cases.jsonl`: the outcome of each case as people and programs read it."""

import unicodedata
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from evaluator.judge.overrides import Level
from evaluator.judge.verdict import Outcome
from evaluator.report.wording import clipped

EXCERPT = 240
"""Characters of an article that are kept to recognise it by."""

TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Classes of the characters that embed, override or isolate the direction of writing."""


class CaseLine(BaseModel):
    """One line of `cases.jsonl`.

    Attributes:
        id: The case's id.
        gold: Its gold label.
        predicted: The predicted label, or the text that names none.
        confidence: The classifier's probability, 0 to 1.
        score: The verdict's score, 0 to 1; null where the case is unscored.
        level: The verdict's level; null where the case is unscored.
        p_related: Probability that the prediction is related to the gold label, if it was judged.
        p_same: Probability that a text means the gold label, given that it is related.
        flags: How the verdict came about (`exact`, `alias`, `named`, `judged`, `judged-text`,
            `judged-article`, `rule` or `overridden`); `ambiguous`; `extra-categories:N`;
            `truncated`; `unscored:REASON`.
        excerpt: How the article begins, on one line; null where the source has no articles.
        said: What a text that commits to no label says, as the confusions of `summary.json` name
            it; null for labels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    gold: str
    predicted: str | None
    confidence: float | None
    score: float | None
    level: Level | None
    p_related: float | None
    p_same: float | None
    flags: tuple[str, ...]
    excerpt: str | None = None
    said: str | None = None

    @property
    def right(self) -> bool:
        """Whether the prediction is the gold label, as accuracy counts it."""
        return self.predicted == self.gold


def case_line(outcome: Outcome) -> CaseLine:
    """Return an outcome's line."""
    prediction, verdict = outcome.prediction, outcome.verdict
    return CaseLine(
        id=prediction.case_id,
        gold=outcome.gold,
        predicted=outcome.predicted or prediction.label,
        confidence=prediction.confidence,
        score=None if verdict is None else verdict.score,
        level=None if verdict is None else verdict.level,
        p_related=None if verdict is None else verdict.p_related,
        p_same=None if verdict is None else verdict.p_same,
        flags=tuple(_flags(outcome)),
        excerpt=None if prediction.text is None else excerpt(prediction.text),
        said=outcome.said,
    )


def _flags(outcome: Outcome) -> Iterator[str]:
    verdict = outcome.verdict
    if verdict is not None:
        yield verdict.how
        if verdict.ambiguous:
            yield "ambiguous"
        if verdict.extra_categories:
            yield f"extra-categories:{verdict.extra_categories}"
    if outcome.prediction.truncated:
        yield "truncated"
    if outcome.unscored is not None:
        yield f"unscored:{outcome.unscored}"


def excerpt(article: str) -> str:
    """Return how an article begins, on one line and without control characters."""
    # so much more than is kept that runs of spaces in an ordinary article do not shorten it
    beginning = (one for one in article[: 4 * EXCERPT] if one.isspace() or not _steers(one))
    return clipped("".join(beginning), EXCERPT)


def _steers(character: str) -> bool:
    """Return whether a character could steer a terminal, or turn around the text after it."""
    return (
        unicodedata.category(character) in {"Cc", "Cs"}
        or unicodedata.bidirectional(character) in TURNING
    )
