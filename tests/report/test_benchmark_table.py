"""A measurement in a terminal."""

import io

from rich.console import Console

from evaluator.report.benchmark import Benchmark, EndpointFigures, Rate, Ratio, Spread
from evaluator.report.benchmark_table import print_benchmark


def spread(median: float, low: float, high: float) -> Spread:
    return Spread(median=median, low=low, high=high, rounds=3)


def figures(name: str, rate: float, *, was_loaded: bool = False) -> EndpointFigures:
    return EndpointFigures(
        name=name,
        backend="ollama",
        model="llama3.2:latest",
        digest="sha256:0",
        server_version="0.33.0",
        scoring="logprobs",
        load_seconds=None if was_loaded else 2.5,
        was_loaded=was_loaded,
        first_token_seconds=spread(0.0412, 0.04, 0.05),
        prompt_tokens_per_second=spread(1234.5, 1200, 1300),
        generation_tokens_per_second=None,
        sweep=(Rate(concurrency=1, verdicts_per_second=spread(rate, rate - 1, rate + 1)),),
        best_concurrency=1,
    )


def shown(benchmark: Benchmark) -> str:
    out = io.StringIO()
    print_benchmark(benchmark, Console(file=out, width=100))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def benchmark(*endpoints: EndpointFigures, **given: object) -> Benchmark:
    values: dict[str, object] = {
        "rounds": 3,
        "calls": 57,
        "warm_up_calls": 7,
        "seconds": 12.3,
        "ended_by": None,
        "endpoints": endpoints,
        "ratios": (),
    }
    return Benchmark.model_validate({**values, **given})


def test_the_best_setting_comes_first_and_every_figure_has_its_spread() -> None:
    text = shown(benchmark(figures("docker", 12.0)))
    assert text.splitlines()[0] == "docker: 12 verdicts/s with --concurrency 1."
    for row in (
        "load, s 2.5",
        "first token, s 0.0412 (0.04–0.05)",
        "prompt tokens/s 1234 (1200–1300)",
        "generated tokens/s –",
        "verdicts/s, 1 in flight 12 (11–13)",
    ):
        assert row in " ".join(text.split())


def test_a_model_that_was_loaded_has_no_time_to_load() -> None:
    assert "was loaded" in shown(benchmark(figures("docker", 12.0, was_loaded=True)))


def test_a_ratio_is_a_sentence_with_its_spread() -> None:
    ratio = Ratio(
        measure="verdicts", endpoint="native", baseline="docker", times=spread(4.1, 3.9, 4.3)
    )
    text = shown(benchmark(figures("docker", 3.0), figures("native", 12.0), ratios=(ratio,)))
    assert "verdicts: native is 4.10 times as fast as docker (3.90 to 4.30)." in text


def test_warming_up_and_an_early_end_are_stated() -> None:
    text = " ".join(shown(benchmark(figures("docker", 3.0), ended_by="calls")).split())
    assert "Medians of 3 rounds" in text
    assert "57 calls in 12 s, 7 of them to warm up" in text
    assert "--max-calls ended it before all rounds" in text
