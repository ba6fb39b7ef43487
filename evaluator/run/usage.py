"""What judging cost, summed."""

from collections.abc import Sequence

from evaluator.report.summary import RunUsage

NOTHING_ASKED = RunUsage(
    questions=0, calls=0, cached=0, prompt_tokens=0, evaluated_tokens=0, generated_tokens=0
)


def total_usage(usages: Sequence[RunUsage]) -> RunUsage:
    """Return what several rounds of questions cost together."""
    evaluated = [one.evaluated_tokens for one in usages]
    told = [tokens for tokens in evaluated if tokens is not None]
    outside = [one.outside_gpu for one in usages if one.outside_gpu is not None]
    at_a_time = [one.concurrency for one in usages if one.concurrency is not None]
    return RunUsage(
        questions=sum(one.questions for one in usages),
        calls=sum(one.calls for one in usages),
        cached=sum(one.cached for one in usages),
        prompt_tokens=sum(one.prompt_tokens for one in usages),
        evaluated_tokens=sum(told) if len(told) == len(usages) else None,
        generated_tokens=sum(one.generated_tokens for one in usages),
        concurrency=max(at_a_time, default=None),
        outside_gpu=max(outside, default=None),
    )
