"""Figures and ratios of rounds; expected values by hand."""

from evaluator.report.benchmark import EndpointFigures, Rate, Spread, spread
from evaluator.run.bench.comparing import Contender, best_concurrency, ratios
from evaluator.run.bench.measuring import Sample


def rate(concurrency: int, median: float) -> Rate:
    around = Spread(median=median, low=median, high=median, rounds=1)
    return Rate(concurrency=concurrency, verdicts_per_second=around)


def contender(name: str, best: int, *samples: Sample) -> Contender:
    figures = EndpointFigures(
        name=name,
        backend="ollama",
        model="m",
        digest="sha256:0",
        server_version="1",
        scoring="logprobs",
        load_seconds=None,
        was_loaded=None,
        first_token_seconds=None,
        prompt_tokens_per_second=None,
        generation_tokens_per_second=None,
        sweep=(),
        best_concurrency=best,
    )
    return Contender(figures, samples)


def test_a_spread_is_the_median_with_its_ends() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(median=2.0, low=1.0, high=3.0, rounds=3)
    assert spread([1.0, None]) is None
    assert spread([]) is None


def test_the_best_setting_is_the_least_within_five_percent_of_the_best_rate() -> None:
    # 9.6 is within 5 % of 10 (9.5), 9.4 is not.
    assert best_concurrency([rate(1, 5.0), rate(2, 9.6), rate(4, 10.0)]) == 2
    assert best_concurrency([rate(1, 5.0), rate(2, 9.4), rate(4, 10.0)]) == 4
    assert best_concurrency([]) is None


def test_ratios_are_taken_round_by_round_and_above_1_is_faster() -> None:
    docker = contender(
        "docker", 2, Sample(0.2, 100.0, None, {1: 1.0, 2: 2.0}), Sample(0.4, 100.0, None, {2: 1.0})
    )
    native = contender(
        "native", 4, Sample(0.1, 400.0, 50.0, {4: 8.0}), Sample(0.1, 500.0, 50.0, {4: 3.0})
    )
    found = {one.measure: one.times for one in ratios(docker, native)}
    # Verdicts at each one's best: 8/2 and 3/1; first token: 0.2/0.1 and 0.4/0.1; prompt: 4 and 5.
    assert found["verdicts"] == Spread(median=3.5, low=3.0, high=4.0, rounds=2)
    assert found["first token"] == Spread(median=3.0, low=2.0, high=4.0, rounds=2)
    assert found["prompt tokens"] == Spread(median=4.5, low=4.0, high=5.0, rounds=2)
    assert "generated tokens" not in found
