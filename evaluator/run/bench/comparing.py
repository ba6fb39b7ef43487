"""From the rounds of each endpoint to figures and ratios."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluator.report.benchmark import EndpointFigures, Rate, Ratio, spread
from evaluator.run.bench.measuring import Loading, Measured, Sample

AS_GOOD_AS_BEST = 0.95
Speed = Callable[[Sample], float | None]


def figures_of(measured: Measured, loading: Loading, rounds: int) -> EndpointFigures:
    """Return what so many rounds at an endpoint come to."""
    identity, samples = measured.backend.identity, measured.samples[:rounds]
    sweep = tuple(
        Rate(concurrency=concurrency, verdicts_per_second=rate)
        for concurrency in measured.concurrencies
        if (rate := spread(one.rates[concurrency] for one in samples)) is not None
    )
    return EndpointFigures(
        name=measured.endpoint.name,
        backend=identity.backend,
        model=identity.model,
        digest=identity.digest,
        server_version=identity.server_version,
        scoring=identity.scoring,
        load_seconds=loading.seconds,
        was_loaded=loading.was_loaded,
        first_token_seconds=spread(one.first_token for one in samples),
        prompt_tokens_per_second=spread(one.prompt_speed for one in samples),
        generation_tokens_per_second=spread(one.generation_speed for one in samples),
        sweep=sweep,
        best_concurrency=best_concurrency(sweep),
    )


def best_concurrency(sweep: Sequence[Rate]) -> int | None:
    """Return the least number of questions in flight within 5 % of the best rate, if any."""
    highest = max((one.verdicts_per_second.median for one in sweep), default=0.0)
    good = (one for one in sweep if one.verdicts_per_second.median >= AS_GOOD_AS_BEST * highest)
    return next((one.concurrency for one in good), None)


@dataclass(frozen=True, slots=True)
class Contender:
    """An endpoint in a comparison.

    Attributes:
        figures: What was measured there.
        samples: The rounds.
    """

    figures: EndpointFigures
    samples: Sequence[Sample]

    def best_rate(self, sample: Sample) -> float | None:
        """Return the rate of a round with the best number of questions in flight."""
        best = self.figures.best_concurrency
        return None if best is None else sample.rates[best]


def ratios(baseline: Contender, other: Contender) -> list[Ratio]:
    """Return how many times as fast one endpoint is as the baseline, by measure."""
    pairs: dict[str, tuple[Speed, Speed]] = {
        "verdicts": (other.best_rate, baseline.best_rate),
        "first token": (_answers_a_second, _answers_a_second),
        "prompt tokens": (_prompt_speed, _prompt_speed),
        "generated tokens": (_generation_speed, _generation_speed),
    }
    found = []
    for measure, (ours, theirs) in pairs.items():
        both = zip(other.samples, baseline.samples, strict=True)
        times = spread(_quotient(ours(one), theirs(base)) for one, base in both)
        if times is not None:
            found.append(
                Ratio(
                    measure=measure,
                    endpoint=other.figures.name,
                    baseline=baseline.figures.name,
                    times=times,
                )
            )
    return found


def _answers_a_second(sample: Sample) -> float | None:
    return 1 / sample.first_token if sample.first_token else None


def _prompt_speed(sample: Sample) -> float | None:
    return sample.prompt_speed


def _generation_speed(sample: Sample) -> float | None:
    return sample.generation_speed


def _quotient(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None
