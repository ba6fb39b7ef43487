"""What `evaluator bench` measured, as data."""

from collections.abc import Iterable
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Spread(_Part):
    """A figure over the rounds.

    Attributes:
        median: Of all rounds.
        low: The least.
        high: The greatest.
        rounds: How many there were.
    """

    median: float
    low: float
    high: float
    rounds: int


class Rate(_Part):
    """Verdicts a second with so many questions in flight; a verdict is two questions."""

    concurrency: int
    verdicts_per_second: Spread


class EndpointFigures(_Part):
    """What was measured at one endpoint; null for what its judge does not tell.

    Attributes:
        name: What it was called.
        backend: The kind of judge.
        model: Its model.
        digest: Of the model.
        server_version: Of what runs it.
        scoring: How its answers are read.
        load_seconds: Time to load the model; null where it was loaded before.
        was_loaded: Whether it was.
        first_token_seconds: From a question alone to its one token.
        prompt_tokens_per_second: Of a prompt that no cache knows.
        generation_tokens_per_second: Of a written reason.
        sweep: Verdicts a second by questions in flight.
        best_concurrency: The least number of questions in flight within 5 % of the best rate.
    """

    name: str
    backend: str
    model: str
    digest: str
    server_version: str
    scoring: str
    load_seconds: float | None
    was_loaded: bool | None
    first_token_seconds: Spread | None
    prompt_tokens_per_second: Spread | None
    generation_tokens_per_second: Spread | None
    sweep: tuple[Rate, ...]
    best_concurrency: int | None


class Ratio(_Part):
    """How many times as fast one endpoint is as another, round by round; above 1 is faster.

    Attributes:
        measure: What is compared.
        endpoint: The one.
        baseline: The other, the first one named.
        times: How many times as fast.
    """

    measure: str
    endpoint: str
    baseline: str
    times: Spread


class Benchmark(_Part):
    """A finished measurement.

    Attributes:
        schema_version: Version of this document's shape.
        rounds: Rounds that were measured at every endpoint.
        calls: Questions asked in all.
        warm_up_calls: Those of them that count in no figure.
        seconds: Time that all took.
        ended_by: What ended it before all rounds; null where nothing did.
        endpoints: The figures.
        ratios: Of every endpoint but the first, against the first.
    """

    schema_version: Literal[1] = 1
    rounds: int
    calls: int
    warm_up_calls: int
    seconds: float
    ended_by: Literal["calls", "seconds"] | None
    endpoints: tuple[EndpointFigures, ...]
    ratios: tuple[Ratio, ...]


def spread(values: Iterable[float | None]) -> Spread | None:
    """Return the spread of what was measured, None where a round lacks it or there is none."""
    all_values = list(values)
    found = [one for one in all_values if one is not None]
    if not found or len(found) < len(all_values):
        return None
    return Spread(median=median(found), low=min(found), high=max(found), rounds=len(found))
