"""What the judge stage hands on, whoever judges."""

from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol

from evaluator.judge.article_rulings import ArticleRulings
from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix, Wanted
from evaluator.judge.overrides import Overrides
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.report.summary import RunUsage
from evaluator.run.journal import Journal
from evaluator.run.progress import Progress


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged label set.

    Attributes:
        matrix: The verdicts.
        usage: What they cost.
        survey: The judge's view of the reference pairs, if its calibration needed one.
        articles: The verdicts below articles, which come before the others; None without any.
    """

    matrix: VerdictMatrix
    usage: RunUsage
    survey: ReferenceSurvey | None = None
    articles: ArticleRulings | None = None

    def overruled(self, overrides: Overrides) -> "Judged":
        """Return the same with what people decided instead."""
        return replace(self, matrix=replace(self.matrix, overrides=overrides))


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

    @property
    def is_served(self) -> bool:
        """Whether servers do its work, so that this process has its processors for other work."""
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
