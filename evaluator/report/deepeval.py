"""`deepeval-result.json`: the outcomes in the shape that DeepEval 4.3 gives its own results."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from pydantic import BaseModel, ConfigDict

from evaluator.judge.lock import JudgeLock
from evaluator.judge.verdict import Outcome, Verdict

METRIC = "CategoryPrecision [evaluator]"
RUNNERS: Mapping[str, str] = {
    "embedded": "llama.cpp",
    "ollama": "Ollama",
    "openai": "OpenAI-compatible",
}
HOW: Mapping[str, str] = {
    "exact": "The prediction is the correct category",
    "alias": "The prediction is another name of the correct category",
    "named": "The text names the category that is meant",
    "judged": "The judge compared the predicted category with the correct one",
    "judged-text": "The judge compared the predicted text with the correct category",
    "judged-article": "The judge read the article and compared the prediction with the correct "
    "category",
    "rule": "The text states no category",
}


class _Shape(BaseModel):
    """Fields and their order are DeepEval's; those that mean nothing here are always null."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MetricData(_Shape):
    """What one metric says of one case.

    Attributes:
        name: The metric; not DeepEval's own.
        threshold: Score from which the case passes, 0 to 1.
        success: Whether it passes; an unscored case does not.
        score: The verdict's score, 0 to 1; null where the case is unscored.
        reason: How the verdict came about; null where there is none.
        strict_mode: Whether the threshold was raised to 1.
        flaky: Whether repeated judging disagreed.
        evaluation_model: The judge.
        error: Why the case is unscored, or null.
        evaluation_cost: In US dollars; a local judge costs none.
    """

    name: str = METRIC
    threshold: float
    success: bool
    score: float | None
    reason: str | None
    strict_mode: bool = False
    flaky: bool = False
    evaluation_model: str
    error: str | None
    evaluation_cost: float = 0.0
    input_tokens: None = None
    output_tokens: None = None
    verbose_logs: None = None
    expectations_data: None = None


class Metadata(_Shape):
    """What leads back from a test result to its case in `cases.jsonl`."""

    id: str


class TestResult(_Shape):
    """One case.

    Attributes:
        name: `test_case_0`, `test_case_1`, …
        success: Whether its metric passes.
        metrics_data: Its one metric.
        conversational: Whether it is a dialogue.
        index: Its place among the cases, from 0.
        multimodal: Whether it holds images.
        input: The article; null where the source has none.
        actual_output: The predicted label, or the text that names none.
        expected_output: The gold label.
        metadata: The case's id.
    """

    name: str
    success: bool
    metrics_data: tuple[MetricData, ...]
    conversational: bool = False
    index: int
    multimodal: bool = False
    input: str | None
    actual_output: str | None
    expected_output: str
    context: None = None
    retrieval_context: None = None
    turns: None = None
    metadata: Metadata
    classifications: None = None
    expectations: None = None


class EvaluationResult(_Shape):
    """The whole file. The links are to a service that is not used here."""

    test_results: tuple[TestResult, ...]
    confident_link: None = None
    test_run_id: None = None


@contextmanager
def deepeval_results(
    file: IO[str], threshold: float, judge: JudgeLock
) -> Iterator[Callable[[Outcome], None]]:
    """Yield a function that writes an outcome; the memory it needs does not grow with their number.

    Args:
        file: An open text file; it holds a whole `EvaluationResult` when the context ends.
        threshold: Score from which a case passes, 0 to 1.
        judge: Who gave the verdicts.
    """
    head, tail = EvaluationResult(test_results=()).model_dump_json(indent=4).split("[]")
    written = 0

    def write(outcome: Outcome) -> None:
        nonlocal written
        result = _test_result(outcome, written, threshold, judge).model_dump_json(indent=4)
        file.write(",\n" if written else "\n")
        file.write("\n".join(" " * 8 + line for line in result.split("\n")))
        written += 1

    file.write(f"{head}[")
    yield write
    file.write(f"\n    ]{tail}\n" if written else f"]{tail}\n")


def _test_result(outcome: Outcome, index: int, threshold: float, judge: JudgeLock) -> TestResult:
    prediction, verdict = outcome.prediction, outcome.verdict
    success = verdict is not None and verdict.score >= threshold
    metric = MetricData(
        threshold=threshold,
        success=success,
        score=None if verdict is None else verdict.score,
        reason=None if verdict is None else _reason(verdict),
        evaluation_model=f"{judge.model} ({RUNNERS.get(judge.backend, judge.backend)})",
        error=outcome.unscored,
    )
    return TestResult(
        name=f"test_case_{index}",
        success=success,
        metrics_data=(metric,),
        index=index,
        input=prediction.text,
        actual_output=outcome.predicted or prediction.label,
        expected_output=outcome.gold,
        metadata=Metadata(id=prediction.case_id),
    )


def _reason(verdict: Verdict) -> str:
    parts = [HOW.get(verdict.how, f"How the verdict came about: {verdict.how}")]
    if verdict.level is not None:
        parts.append(f"level: {verdict.level}")
    if verdict.p_related is not None:
        parts.append(f"P(related): {verdict.p_related:.3f}")
    if verdict.p_same is not None:
        parts.append(f"P(same given related): {verdict.p_same:.3f}")
    if verdict.ambiguous:
        parts.append("points deducted for ambiguity")
    if verdict.extra_categories:
        parts.append(f"points deducted for {verdict.extra_categories} further categories")
    return f"{'; '.join(parts)}."
