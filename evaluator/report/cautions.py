"""What a reader must know before trusting the numbers, in sentences."""

from collections.abc import Mapping

from evaluator.report.summary import Summary
from evaluator.report.wording import (
    UNCALIBRATED,
    counted,
    decimal,
    decimal_interval,
    judged,
    misses_without_verdict,
    percent,
    percent_interval,
)

WRITTEN = frozenset({"schema", "text"})
"""Scoring by what a judge writes and not by what it finds likely."""


def cautions(summary: Summary) -> list[str]:
    """Return what a reader must know before trusting the numbers, most important first."""
    return [*_validity(summary), *_answering(summary), *remarks(summary)]


def remarks(summary: Summary) -> list[str]:
    """Return what a reader must know of the result, whatever is known of the judge."""
    notes = [
        "Intervals are for the choice of cases, given the judge's verdicts; they do not hold the "
        f"judge's own error{_label_error(summary)}.",
        *_below_articles(summary),
    ]
    if _passes_none_but_right_ones(summary):
        notes.append(
            f"With a threshold of {summary.pass_.threshold:g} only the correct category passes, "
            "so the pass rate says nothing that accuracy does not."
        )
    if summary.judge.overrides_sha256 is not None:
        notes.append(
            f"People overruled the judge on {counted(summary.judge.overridden, 'pair')} "
            f"(sha256:{summary.judge.overrides_sha256[:12]})."
        )
    return [*notes, *_unusual_cases(summary)]


def _answering(summary: Summary) -> list[str]:
    """Return what is odd about how the judge answers."""
    found, notes = summary.judge.reliability, []
    if found.order_flip_rate:
        notes.append(
            f"The judge's answer depends on the order of the labels in "
            f"{percent(found.order_flip_rate)} of {judged(summary)}; both orders are averaged."
        )
    if found.low_mass_pairs:
        notes.append(
            f"For {counted(found.low_mass_pairs, 'pair')} the judge gave less than half of its "
            "probability to the answer words."
        )
    others = (
        lost_questions(found.lost_questions),
        plain_answers(summary.judge.scoring),
        slow_judge(summary.usage.outside_gpu),
    )
    return [*notes, *(note for note in others if note is not None)]


def _label_error(summary: Summary) -> str:
    error = summary.error_relevance.label_error
    if error is None:
        return ""
    return (
        ". What it gets wrong about single labels gives error relevance a standard error of "
        f"{error:.3f} besides (jackknife over labels)"
    )


def _unusual_cases(summary: Summary) -> list[str]:
    """Return how many cases are no plain label with a verdict."""
    cases, notes = summary.cases, []
    of_texts = cases.by_verdict.get("judged-text", 0)
    if of_texts:
        notes.append(
            f"Texts outside of the label set: {counted(of_texts, 'prediction')}. Accuracy counts "
            "them as wrong; the judge says whether they are related to the gold label or mean it."
        )
        if summary.judge.calibration == "none":
            notes.append(
                "While the judge is not calibrated, even nonsense can score more than a wrong "
                "label."
            )
    if by_rule := cases.by_verdict.get("rule"):
        notes.append(
            f"Texts that state no category and so count as unrelated: "
            f"{counted(by_rule, 'prediction')}."
        )
    if cases.unscored:
        reasons = ", ".join(f"{reason} {n}" for reason, n in cases.by_reason.items())
        notes.append(
            f"{cases.unscored} of {cases.total} cases are unscored: {reasons}{_silence(summary)}."
        )
    if cases.truncated:
        notes.append(
            f"The classifier saw only the beginning of {counted(cases.truncated, 'case')}."
        )
    return notes


def _silence(summary: Summary) -> str:
    silent = misses_without_verdict(summary)
    if not silent:
        return ""
    return (
        f". Wrong labels among them: {silent}; that the relevance score and the pass rate leave "
        "these out may flatter the model"
    )


def _below_articles(summary: Summary) -> list[str]:
    """Return what the judge's sight of the articles means for the figures, if it had it."""
    found = summary.judge.articles
    if found is None:
        return []
    misses = counted(summary.cases.by_verdict.get("judged-article", 0), "prediction")
    return [
        f"The judge saw the article, up to {found.tokens} tokens of it, for {misses}; its answer "
        f"depends on the order of the names in {percent(found.order_flip_rate)} of "
        f"{counted(found.judgements, 'judgement')}. What is said of random misses and of the "
        "judge's reliability is for labels alone."
    ]


def _validity(summary: Summary) -> list[str]:
    """Return what is known of how right the judge is."""
    judge = summary.judge
    if judge.calibration == "none":
        return [UNCALIBRATED]
    found = judge.reliability
    by = {
        "reference": "by reference pairs that ship with this program, for label sets in which "
        f"{percent(judge.base_rate)} of the pairs are related. No human label of these categories "
        "was compared, so that the judge's validity on them is unknown.",
        "labelled": "by pairs that people labelled.",
    }
    notes = [f"Relevance is calibrated {by[judge.calibration]}"]
    if found.reference_auc is not None:
        notes.append(
            f"On {found.reference_pairs} reference pairs that the calibration has not seen, the "
            f"judge tells related from unrelated with an AUC of {found.reference_auc:.2f} "
            f"({decimal_interval(found.reference_auc_ci95)}; 0.5 is chance)."
        )
    if judge.members:
        alone = ", ".join(
            f"{one.backend} {one.model} {decimal(one.reference_auc)}" for one in judge.members
        )
        notes.append(
            f"{counted(len(judge.members), 'judge')} on the panel, with these AUCs alone: {alone}. "
            f"Their probabilities for a pair lie {decimal(found.disagreement)} apart on average."
        )
    if found.sentinel_auc is not None:
        notes.append(
            f"It finds {percent(found.sentinel_auc)} of {counted(found.sentinels, 'label')} nearer "
            "to their own other name than to another label "
            f"({percent_interval(found.sentinel_auc_ci95)}; 50 % is chance)."
        )
    return notes


def lost_questions(lost: Mapping[str, int]) -> str | None:
    """Return that a calibration lacks answers that may come yet, None where it lacks none.

    Args:
        lost: Questions by the reason why the judge failed at them.
    """
    if not lost:
        return None
    reasons = ", ".join(f"{reason} {n}" for reason, n in lost.items())
    return (
        f"The judge failed at {counted(sum(lost.values()), 'question')} of its calibration "
        f"({reasons}), so that every score may be a little off; the command that asked them, run "
        "again, asks them alone."
    )


def plain_answers(scoring: str) -> str | None:
    """Return what it means that a judge gives no probabilities, None where it gives them."""
    if WRITTEN.isdisjoint(scoring.split(", ")):
        return None
    return (
        f"The judge gives no probabilities and only says yes or no ({scoring} scoring): a "
        "relevance is its share of yes, over both orders of the labels, and not a probability."
    )


def slow_judge(outside_gpu: float | None) -> str | None:
    """Return that a judge did not fit into GPU memory, None where it did or nobody knows.

    Args:
        outside_gpu: Share of its weights that lay outside, 0 to 1.
    """
    if not outside_gpu:
        return None
    if outside_gpu >= 1:
        return "The judge ran on the CPU."
    return (
        f"The judge ran with {percent(outside_gpu)} of its weights outside of GPU memory, where "
        "they are slow."
    )


def _passes_none_but_right_ones(summary: Summary) -> bool:
    threshold = summary.pass_.threshold
    scores = [one.score for one in summary.confusions if one.score is not None]
    return threshold > max([summary.judge.related_score, *scores])
