"""The sentences and numbers that every form of the report shares."""

import unicodedata

from evaluator.report.summary import Interval, Summary

NOTHING = "–"
WRITTEN = frozenset({"schema", "text"})
"""Scoring by what a judge writes and not by what it finds likely."""
UNCALIBRATED = (
    "Relevance is uncorrected and the judge's validity is unknown: its probabilities are not "
    "calibrated and no human label was compared. Read them as ranks, not as absolute scores."
)

CALIBRATED = (
    "Probabilities are calibrated; the report of a run says how well the judge does on pairs with "
    "known answers."
)


def printable(text: str) -> str:
    """Return text without control characters, which a hostile label could steer a terminal with."""
    return "".join(
        "�" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character
        for character in text
    )


def clipped(text: str, longest: int) -> str:
    """Return text on one line and of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def counted(number: int, thing: str) -> str:
    """Return a number with the word for what it counts."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def percent(value: float | None) -> str:
    """Return a share as a percentage with one decimal."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def decimal(value: float | None) -> str:
    """Return a number from 0 to 1 with three decimals."""
    return NOTHING if value is None else f"{value:.3f}"


def told_apart(value: float, other: float) -> str:
    """Return a number with three decimals, or with as many as show on which side of another it is.

    Args:
        value: The number, 0 to 1.
        other: The other one, not shown here.
    """
    for decimals in range(3, 16):
        shown = f"{value:.{decimals}f}"
        if (float(shown) < other, float(shown) > other) == (value < other, value > other):
            return shown
    return repr(value)


def percent_interval(interval: Interval | None) -> str:
    """Return an interval of shares in percent, or why there is none."""
    if interval is None:
        return "no interval: too few or too equal cases"
    return f"95 % CI {100 * interval[0]:.1f}–{100 * interval[1]:.1f}"


def decimal_interval(interval: Interval | None) -> str:
    """Return an interval of scores, or why there is none."""
    if interval is None:
        return "no interval: too few or too equal cases"
    return f"95 % CI {interval[0]:.3f}–{interval[1]:.3f}"


def headline(summary: Summary) -> str:
    """Return the result in one or two sentences."""
    accuracy = summary.accuracy
    first = (
        f"Accuracy is {percent(accuracy.value)} of {summary.cases.classified} classified cases "
        f"({percent_interval(accuracy.ci95)})."
    )
    if summary.error_relevance.n == 0:
        return first
    return f"{first} {_misses(summary)}"


def _misses(summary: Summary) -> str:
    """Return how near the misses are, against misses drawn at random, and no more than is known."""
    errors, chance = summary.error_relevance, summary.judge.random_relevance
    if errors.ci95 is None:
        return f"Its {errors.n} judged misses are too few or too equal to say how near they are."
    if chance is None:
        return (
            f"How near its {errors.n} judged misses are is not said, for want of a comparison: not "
            "every pair of labels was judged."
        )
    low, high = errors.ci95
    if low <= chance <= high:
        told = "no nearer to the correct category than labels drawn at random would be"
    else:
        side = "nearer to" if low > chance else "farther from"
        told = f"{side} the correct category than labels drawn at random would be"
    return f"By this judge its {errors.n} judged misses are {told}."


def measures(summary: Summary) -> list[tuple[str, str, str]]:
    """Return (name, value, interval or remark) of every overall measure."""
    score, errors, passed = summary.score, summary.error_relevance, summary.pass_
    return [
        ("accuracy", percent(summary.accuracy.value), percent_interval(summary.accuracy.ci95)),
        ("macro F1", decimal(summary.macro_f1), "over the labels that occur"),
        ("error relevance", decimal(errors.mean), decimal_interval(errors.ci95)),
        ("… of random misses", decimal(summary.judge.random_relevance), "over all judged pairs"),
        ("relevance score", decimal(score.mean), decimal_interval(score.ci95)),
        (f"pass rate at {passed.threshold:g}", percent(passed.rate), percent_interval(passed.ci95)),
    ]


def cautions(summary: Summary) -> list[str]:
    """Return what a reader must know before trusting the numbers, most important first."""
    judge = summary.judge
    notes = [
        *_validity(summary),
        "Intervals are for the choice of cases, given the judge's verdicts; they do not hold the "
        f"judge's own error{_label_error(summary)}.",
    ]
    notes += _below_articles(summary)
    if _passes_none_but_right_ones(summary):
        notes.append(
            f"With a threshold of {summary.pass_.threshold:g} only the correct category passes, "
            "so the pass rate says nothing that accuracy does not."
        )
    if judge.overrides_sha256 is not None:
        notes.append(
            f"People overruled the judge on {counted(judge.overridden, 'pair')} "
            f"(sha256:{judge.overrides_sha256[:12]})."
        )
    judged = _judged(summary)
    flips = judge.reliability.order_flip_rate
    if flips:
        notes.append(
            f"The judge's answer depends on the order of the labels in {percent(flips)} of "
            f"{judged}; both orders are averaged."
        )
    if judge.reliability.low_mass_pairs:
        notes.append(
            f"For {counted(judge.reliability.low_mass_pairs, 'pair')} the judge gave less than "
            "half of its probability to the answer words."
        )
    found = (plain_answers(judge.scoring), slow_judge(summary.usage.outside_gpu))
    notes += [note for note in found if note is not None]
    return [*notes, *_unusual_cases(summary)]


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
        notes.append(f"{cases.unscored} of {cases.total} cases are unscored: {reasons}.")
    if cases.truncated:
        notes.append(
            f"The classifier saw only the beginning of {counted(cases.truncated, 'case')}."
        )
    return notes


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


def judge_line(summary: Summary) -> str:
    """Return which judge gave the verdicts, and what that cost."""
    judge, usage = summary.judge, summary.usage
    return (
        f"{judge.backend} {judge.model} ({judge.digest[:19]}, {judge.server_version}), rubric "
        f"{judge.rubric}, {judge.scoring} scoring; {_judged(summary)} from "
        f"{usage.questions} questions, {usage.calls} asked now"
    )


def _passes_none_but_right_ones(summary: Summary) -> bool:
    threshold = summary.pass_.threshold
    scores = [one.score for one in summary.confusions if one.score is not None]
    return threshold > max([summary.judge.related_score, *scores])


def _judged(summary: Summary) -> str:
    """Return how many pairs, and texts where there are any, were judged."""
    judge = summary.judge
    pairs = counted(judge.pairs, "pair")
    return f"{pairs} and {counted(judge.texts, 'text')}" if judge.texts else pairs
