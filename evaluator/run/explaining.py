"""The reasons stage: after the verdicts, and without a say in them."""

import logging
from collections.abc import Mapping

from evaluator.classifier.prediction import PredictionSource
from evaluator.errors import ConfigError
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.reason import ReasonReader, Ruling, rules_related
from evaluator.judge.reasoning import NoReason, Reason
from evaluator.judge.resolving import ResolvedPrediction, resolve
from evaluator.judge.rubric import Rubric
from evaluator.judge.statement import statement_reader
from evaluator.judge.verdict import outcome_of
from evaluator.report.reasons import ExplainedPair, Reasons, ReasonsUsage
from evaluator.run.concluding import RunContext
from evaluator.run.directory import remove, write_whole
from evaluator.run.judged import Judge
from evaluator.run.judging import JudgeSession
from evaluator.run.panel import PanelSession
from evaluator.run.settings import CaseSettings, Explain

logger = logging.getLogger(__name__)


class Explainer:
    """Asks a judge for the reasons of its verdicts.

    Args:
        explain: Of which.
        judge: The judge, not yet entered.
        rubric: What it is asked.

    Raises:
        ConfigError: Reasons are wanted, and the judge or the rubric has none to give.
    """

    def __init__(self, explain: Explain, judge: Judge, rubric: Rubric) -> None:
        self._explain = explain
        if explain == "none":
            return
        speaker = _speaker(judge)
        if speaker is None:
            raise ConfigError(
                "stored verdicts and vectors hold no reasons: leave out --matrix and name a judge "
                "that can be asked, or leave out --explain."
            )
        self._judge = speaker
        self._reader = ReasonReader(rubric)

    def write_reasons(
        self,
        context: RunContext[CaseSettings],
        predictions: PredictionSource,
        matrix: VerdictMatrix,
    ) -> Reasons | None:
        """Write the wanted reasons and return them, asking only for what the journal lacks.

        Raises:
            JudgeUnavailable: The judge stopped answering; what it said is in the journal.
            StorageFailed: The disk refuses.
        """
        if self._explain == "none":
            # what an earlier start said may be of verdicts that were calibrated otherwise
            remove(context.directory.reasons_file)
            return None
        wanted = self._wanted(context, predictions, matrix)
        journal = context.directory.reasons()
        known = {reason.ruling: reason for reason in journal if reason.ruling in wanted}
        heard: dict[Ruling, Reason | NoReason] = dict(known)
        open_rulings = [ruling for ruling in wanted if ruling not in known]
        with (
            context.watch.timing("explaining"),
            journal,
            context.progress.stage(
                "explaining", len(wanted), "verdicts", done=len(known)
            ) as advance,
        ):

            def hear(outcome: Reason | NoReason) -> None:
                heard[outcome.ruling] = outcome
                if isinstance(outcome, Reason):
                    journal.append(outcome)
                advance(1)

            self._judge.explain(matrix.labels, open_rulings, hear)
        found = self._collected(wanted, heard, len(open_rulings))
        write_whole(context.directory.reasons_file, found.model_dump_json(indent=1) + "\n")
        return found

    def _wanted(
        self,
        context: RunContext[CaseSettings],
        predictions: PredictionSource,
        matrix: VerdictMatrix,
    ) -> dict[Ruling, float]:
        """Return the rulings to explain, in the order in which they are met, with P(related)."""
        read = statement_reader(matrix.labels, context.rubric)
        wanted: dict[Ruling, float] = {}
        for prediction in predictions:
            resolved = resolve(prediction, matrix.labels, read)
            verdict = outcome_of(resolved, matrix, context.rubric).verdict
            if verdict is None or verdict.p_related is None or verdict.how == "overridden":
                continue
            if self._explain == "all" or verdict.score < context.settings.threshold:
                ruling = _ruling(resolved, verdict.p_related)
                wanted[ruling] = verdict.p_related
        return wanted

    def _collected(
        self, wanted: Mapping[Ruling, float], heard: Mapping[Ruling, Reason | NoReason], calls: int
    ) -> Reasons:
        assert self._explain != "none"
        given = [one for one in (heard[ruling] for ruling in wanted) if isinstance(one, Reason)]
        missing = len(wanted) - len(given)
        if missing:
            causes = {one.cause for one in heard.values() if isinstance(one, NoReason)}
            logger.warning(
                "%d of %d reasons are missing: %s", missing, len(wanted), ", ".join(sorted(causes))
            )
        return Reasons(
            explain=self._explain,
            reasons=tuple(
                ExplainedPair(
                    predicted=one.ruling.predicted,
                    gold=one.ruling.gold,
                    p_related=wanted[one.ruling],
                    reason=one.text,
                    contradicts=self._reader.contradicts(one.text, one.ruling),
                )
                for one in given
            ),
            missing=missing,
            usage=ReasonsUsage(
                calls=calls,
                prompt_tokens=sum(one.usage.prompt_tokens for one in given),
                generated_tokens=sum(one.usage.generated_tokens for one in given),
            ),
        )


def _ruling(resolved: ResolvedPrediction, p_related: float) -> Ruling:
    """Return what a judged prediction's verdict is on, as it was asked."""
    text, label = resolved.needed_text, resolved.judged_label
    asked = text.text if text is not None else label.name if label is not None else None
    assert asked is not None, "not judged"
    return Ruling(asked, resolved.gold.name, rules_related(p_related))


def _speaker(judge: Judge) -> JudgeSession | None:
    """Return the judge that gives reasons, the first of a panel that can; None where none can."""
    judges = judge.members if isinstance(judge, PanelSession) else [judge]
    return next((one for one in judges if isinstance(one, JudgeSession)), None)
