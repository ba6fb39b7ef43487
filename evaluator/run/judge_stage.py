"""The judge stage of cases: verdicts on labels, those below articles, overrides and reasons."""

from evaluator.backends.protocol import PullProgress
from evaluator.classifier.prediction import PredictionSource
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import Wanted
from evaluator.judge.overrides import Overrides
from evaluator.judge.rubric import Rubric
from evaluator.run.concluding import RunContext
from evaluator.run.explaining import Explainer
from evaluator.run.judged import Judged
from evaluator.run.opening import open_judge
from evaluator.run.settings import CaseSettings
from evaluator.run.showing import ArticleStage


class JudgeStage:
    """The judge that the settings name, and all that it is asked about cases.

    Args:
        settings: Which judge, and what it is shown and asked.
        labels: The label set.
        rubric: What it is asked.
        pull: Progress of pulling a missing model.

    Raises:
        ConfigError: There is no such judge, or it cannot be shown or asked that.
    """

    def __init__(
        self, settings: CaseSettings, labels: LabelSet, rubric: Rubric, pull: PullProgress
    ) -> None:
        self._labels = labels
        self.judge = open_judge(settings, labels, rubric, pull)
        self._articles = ArticleStage(settings, self.judge, rubric)
        self._explainer = Explainer(settings.explain, self.judge, rubric)

    @property
    def lock(self) -> JudgeLock:
        """Which judge this is and what it is shown; known once the judge is entered."""
        return self._articles.locked(self.judge.lock)

    def judged(
        self,
        context: RunContext[CaseSettings],
        predictions: PredictionSource,
        wanted: Wanted,
        overrides: Overrides,
    ) -> Judged:
        """Return the verdicts on predictions, asking only what the journals do not know.

        Args:
            context: What the stages share.
            predictions: The cases.
            wanted: Pairs of labels, and texts, that they need.
            overrides: What people decided instead.

        Raises:
            JudgeUnavailable: The judge stopped answering; what it said is in the journals.
            DataUnusable: The predictions cannot be read.
            StorageFailed: The disk refuses.
        """
        answers = context.directory.answers()
        with context.watch.timing("judging"):
            judged = self.judge.judge(self._labels, wanted, answers, context.progress)
        return self.completed(context, predictions, judged, overrides)

    def completed(
        self,
        context: RunContext[CaseSettings],
        predictions: PredictionSource,
        judged: Judged,
        overrides: Overrides,
    ) -> Judged:
        """Return the verdicts on labels with those below articles, and write the reasons.

        Raises:
            JudgeUnavailable: The judge stopped answering; what it said is in the journals.
            DataUnusable: The predictions cannot be read.
            StorageFailed: The disk refuses.
        """
        answers = context.directory.answers()
        with context.watch.timing("judging"):
            judged = self._articles.judged_below(
                predictions, self._labels, judged, answers, context.progress
            ).overruled(overrides)
        self._explainer.write_reasons(context, predictions, judged.matrix)
        return judged
