"""The sentences and numbers that every form of the report shares."""

import unicodedata

from evaluator.report.summary import Interval, Summary

NOTHING = "–"
JOINERS = "\u200c\u200d"
"""Between letters of Persian and the parts of an emoji; they steer nothing."""

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
    if text.isprintable():
        return text  # as nearly every one is, told many times sooner
    return "".join("�" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    return character not in JOINERS and unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def clipped(text: str, longest: int) -> str:
    """Return text on one line and of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def printable_lines(text: str) -> str:
    """Return text of several lines in the same way."""
    return "\n".join(printable(line) for line in text.splitlines())


def counted(number: int, thing: str) -> str:
    """Return a number with the word for what it counts."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def percent(value: float | None) -> str:
    """Return a share as a percentage with one decimal."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def decimal(value: float | None) -> str:
    """Return a number from -1 to 1 with three decimals."""
    return NOTHING if value is None else f"{value:.3f}".replace("-", "−")


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
    low, high = interval
    return f"95 % CI {decimal(low)}{' to ' if low < 0 else '–'}{decimal(high)}"


def headline(summary: Summary) -> str:
    """Return the result in one or two sentences."""
    accuracy = summary.accuracy
    if accuracy.value is None:
        return f"None of {counted(summary.cases.total, 'case')} was classified."
    first = (
        f"Accuracy is {percent(accuracy.value)} of "
        f"{counted(summary.cases.classified, 'classified case')} "
        f"({percent_interval(accuracy.ci95)})."
    )
    if summary.error_relevance.n:
        return f"{first} {_misses(summary)}"
    if silent := misses_without_verdict(summary):
        have = "has" if silent == 1 else "have"
        return f"{first} How near its misses are is not known: {silent} of them {have} no verdict."
    return first


def misses_without_verdict(summary: Summary) -> int:
    """Return how many wrong labels the judge gave no verdict on."""
    return sum(one.n for one in summary.confusions if one.score is None)


def _misses(summary: Summary) -> str:
    """Return how near the misses are, against misses drawn at random, and no more than is known."""
    errors, chance = summary.error_relevance, summary.judge.random_relevance
    if errors.n == 1:
        return "Its only judged miss is too little to say how near the misses are."
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
    over = f"; over {counted(score.n, 'judged case')}" if summary.cases.unscored else ""
    return [
        ("accuracy", percent(summary.accuracy.value), percent_interval(summary.accuracy.ci95)),
        ("macro F1", decimal(summary.macro_f1), "over the labels that occur"),
        ("error relevance", decimal(errors.mean), decimal_interval(errors.ci95)),
        ("… of random misses", decimal(summary.judge.random_relevance), "over all judged pairs"),
        ("relevance score", decimal(score.mean), decimal_interval(score.ci95) + over),
        (f"pass rate at {passed.threshold:g}", percent(passed.rate), percent_interval(passed.ci95)),
    ]


def judge_line(summary: Summary) -> str:
    """Return which judge gave the verdicts, and what that cost."""
    judge, usage = summary.judge, summary.usage
    several = usage.concurrency is not None and usage.concurrency > 1
    at_a_time = f", {usage.concurrency} at a time" if several else ""
    return (
        f"{judge.backend} {judge.model} ({judge.digest[:19]}, {judge.server_version}), rubric "
        f"{judge.rubric}, {judge.scoring} scoring; {judged(summary)} from "
        f"{usage.questions} questions, {usage.calls} asked now{at_a_time}"
    )


def judged(summary: Summary) -> str:
    """Return how many pairs, and texts where there are any, were judged."""
    judge = summary.judge
    pairs = counted(judge.pairs, "pair")
    return f"{pairs} and {counted(judge.texts, 'text')}" if judge.texts else pairs
