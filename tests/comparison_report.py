"""Comparisons made by hand, to be shown."""

from typing import Any

from evaluator.judge.lock import JudgeLock
from evaluator.report.agreement import Measure
from evaluator.report.comparison import (
    ComparedRun,
    Comparison,
    ComparisonReport,
    FlippedCase,
    Flips,
    LabelChange,
    Missing,
    RateChange,
    ScoreChange,
    VerdictsApart,
)
from evaluator.report.summary import CaseCounts, Mean, Rate

LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2",
    digest="sha256:0123456789abcdef0123",
    server_version="0.33",
    options=(),
    rubric="category-relevance",
    prompt_hash="ab",
)
NONE = Missing(first=0, second=0)


def run(letter: str, name: str, n: int = 160) -> ComparedRun:
    return ComparedRun(
        letter=letter,
        name=name,
        path=f"runs/{name}",
        command="run",
        source="path/to/model",
        cases=CaseCounts(
            total=n, classified=n, judged=n, unscored=0, by_reason={}, by_verdict={}, truncated=0
        ),
        accuracy=Rate(value=0.75, ci95=(0.6875, 0.8125)),
        macro_f1=0.5,
        score=Mean(mean=0.8125, ci95=(0.75, 0.875), n=n, method="BCa"),
        error_relevance=Mean(mean=None, ci95=None, n=0, method="BCa"),
    )


def rate(n: int = 160, **changes: Any) -> RateChange:
    return RateChange(
        n=n,
        missing=NONE,
        first=0.75,
        second=0.8125,
        difference=Measure(value=0.0625, ci95=(0.0125, 0.115), n=n),
        only_first=3,
        only_second=13,
        discordance=0.1,
        p_value=0.0213,
        adjusted_p=0.0213,
    ).model_copy(update=changes)


def score(**changes: Any) -> ScoreChange:
    return ScoreChange(
        n=160,
        missing=NONE,
        first=0.8125,
        second=0.8555,
        difference=Measure(value=0.043, ci95=(0.0115, 0.0745), n=160),
        p_value=0.0072,
        adjusted_p=0.0144,
    ).model_copy(update=changes)


def label(name: str = "sci.space", **changes: Any) -> LabelChange:
    return LabelChange(
        label=name, recall=rate(40, adjusted_p=1.0), first_score=0.5, second_score=0.625
    ).model_copy(update=changes)


def flipped(case: str, **changes: Any) -> FlippedCase:
    return FlippedCase(
        id=case,
        gold="sci.space",
        first_predicted="sci.space",
        second_predicted="sci.med",
        first_score=1.0,
        second_score=0.125,
        excerpt="A probe left for Mars",
    ).model_copy(update=changes)


def comparison(**changes: Any) -> Comparison:
    return Comparison(
        letter="B",
        conclusion="better",
        better_in=("accuracy", "relevance"),
        worse_in=(),
        accuracy=rate(),
        relevance=score(),
        probability_more_accurate=0.9905,
        probability_more_relevant=0.9965,
        cases_needed=870,
        labels=(label(),),
        lost=Flips(total=1, listed=(flipped("case-1"),)),
        gained=Flips(total=0, listed=()),
        verdicts_apart=VerdictsApart(pairs=190, apart=0, largest_gap=0.0, cases=0),
    ).model_copy(update=changes)


def report(*comparisons: Comparison, **changes: Any) -> ComparisonReport:
    found = comparisons or (comparison(),)
    others = (run(one.letter, f"model-{one.letter}") for one in found)
    return ComparisonReport(
        runs=(run("A", "base"), *others),
        judge=LOCK,
        calibration="reference",
        base_rate=0.2,
        comparisons=found,
        seed=0,
    ).model_copy(update=changes)
