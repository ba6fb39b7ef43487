"""Whole measurements of servers whose speed is known."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from diagnoses import deaf_port
from ollama_server import OllamaServer, ScriptedEngine, ServedModel, Status
from openai_server import PlainServer

from evaluator.cli.progress import LineProgress
from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.benchmark import Benchmark
from evaluator.run.bench.benching import bench
from evaluator.run.bench.prompts import PromptSupply
from evaluator.run.settings import BenchSettings

MODEL = ServedModel("llama3.2")


def says_yes(prompt: str) -> dict[str, float]:
    return {"Yes": 0.6, "No": 0.3}


def server(
    seconds: float = 0.0, models: Sequence[ServedModel] = (MODEL,), **settings: Any
) -> OllamaServer:
    return OllamaServer(ScriptedEngine(says_yes, seconds=seconds), models, **settings)


def measured(*servers: OllamaServer, max_seconds: float = 60.0, **given: Any) -> Benchmark:
    names = [f"s{number}={one.url}" for number, one in enumerate(servers)]
    settings = BenchSettings(**{"judge": ("ollama:llama3.2",), "endpoint": names, **given})
    return bench(settings, max_seconds, lambda *_: None, LineProgress(lambda *_: None))


def calls(one: OllamaServer) -> int:
    return len(one.bodies("/api/chat")) + len(one.bodies("/api/generate"))


def test_figures_are_those_of_the_server() -> None:
    with server(seconds=0.1, parallel=4) as one:
        found = measured(one, rounds=2, max_concurrency=4)
    (figures,) = found.endpoints
    # Every completion takes at least 0.1 s, half of it on the prompt. A verdict is two of them, so
    # one slot gives at most 5 a second and four give at most 20; 32 tokens in 0.05 s are 640.
    by_concurrency = {at.concurrency: at.verdicts_per_second for at in figures.sweep}
    assert list(by_concurrency) == [1, 2, 4]
    assert 1.0 < by_concurrency[1].median <= 5.0
    assert by_concurrency[4].high <= 20.0
    assert by_concurrency[4].median > 1.5 * by_concurrency[1].median
    assert figures.best_concurrency == 4
    assert figures.first_token_seconds is not None
    assert figures.first_token_seconds.low >= 0.1
    assert figures.generation_tokens_per_second is not None
    assert 100 < figures.generation_tokens_per_second.median <= 640
    assert figures.prompt_tokens_per_second is not None
    words = len(PromptSupply(load_rubric("category-relevance"), None).unread().text.split())
    assert 0.2 * words / 0.05 < figures.prompt_tokens_per_second.median <= 1.5 * words / 0.05
    assert (found.rounds, found.ended_by, found.ratios) == (2, None, ())


def test_one_slot_makes_one_question_in_flight_the_best() -> None:
    with server(seconds=0.1, parallel=1) as one:
        (figures,) = measured(one, rounds=1, max_concurrency=2).endpoints
    assert all(at.verdicts_per_second.high <= 5.0 for at in figures.sweep)
    assert [at.concurrency for at in figures.sweep] == [1, 2]


def test_the_second_endpoint_is_held_against_the_first() -> None:
    with server(seconds=0.2) as slow, server(seconds=0.05) as fast:
        found = measured(slow, fast, rounds=3, max_concurrency=1)
    times = {one.measure: one.times for one in found.ratios}
    assert list(times) == ["verdicts", "first token", "prompt tokens", "generated tokens"]
    # 0.2 s against 0.05 s is 4 times as fast; what both spend besides only brings them nearer,
    # but where the machine stands still in one of the rounds.
    for ratio in times.values():
        assert ratio.low <= ratio.median <= ratio.high
        assert 1.5 < ratio.median < 8
        assert ratio.rounds == 3
    assert {(one.endpoint, one.baseline) for one in found.ratios} == {("s1", "s0")}


def test_endpoints_take_turns_and_change_who_is_first() -> None:
    with server() as one, server() as other:
        measured(one, other, rounds=2, max_concurrency=1)
        spans = {
            name: [request.at for request in each.requests if request.path == "/api/chat"]
            for name, each in (("one", one), ("other", other))
        }
    order = [
        name for _, name in sorted((at, name) for name, times in spans.items() for at in times)
    ]
    turns = [name for name, before in zip(order, [None, *order], strict=False) if name != before]
    # Warm-up of both, the first round of both, the second one the other way round.
    assert turns == ["one", "other", "one", "other", "one"]


def test_both_are_asked_the_same_and_nothing_twice() -> None:
    with server() as one, server() as other:
        measured(one, other, rounds=3, max_concurrency=4)
        asked = [
            [str(body["messages"]) for body in each.bodies("/api/chat")] for each in (one, other)
        ]
    assert sorted(asked[0]) == sorted(asked[1])
    assert len(set(asked[0])) == len(asked[0])


def test_the_calls_told_are_those_that_were_made() -> None:
    with server() as one:
        found = measured(one, rounds=2, max_concurrency=4)
        assert calls(one) == found.calls
    # 1 to load; each round 4 to warm the slots, 2 x (2 + 2 + 4) for verdicts, 2 for the speeds.
    assert found.calls == 1 + 2 * (4 + 16 + 2)
    assert found.warm_up_calls == 1 + 2 * 4


def test_no_more_is_asked_than_allowed_and_a_round_that_is_cut_off_does_not_count() -> None:
    with server() as one:
        found = measured(one, rounds=3, max_concurrency=4, max_calls=40)
        assert calls(one) <= 40
    assert (found.rounds, found.ended_by) == (1, "calls")


def test_fewer_calls_than_a_round_takes_are_a_wrong_setting() -> None:
    with server() as one, pytest.raises(ConfigError, match="--max-calls 5 is less than one round"):
        measured(one, max_calls=5)
    assert calls(one) <= 5


def test_it_ends_in_time_with_the_rounds_it_has() -> None:
    began = time.monotonic()
    with server(seconds=0.1) as one:
        found = measured(one, rounds=20, max_concurrency=1, max_seconds=5.0, max_calls=1000)
    assert time.monotonic() - began < 60
    assert 1 <= found.rounds < 20
    assert found.ended_by == "seconds"


def test_too_little_time_for_a_round_is_a_sentence() -> None:
    with server(seconds=2.0) as one, pytest.raises(JudgeUnavailable, match="--max-seconds"):
        measured(one, max_seconds=1.0)


def test_loading_is_what_the_server_says_of_a_model_that_was_not_loaded() -> None:
    slow = ServedModel("llama3.2", load_seconds=0.5)
    with server(models=[slow]) as one:
        first = measured(one, rounds=1, max_concurrency=1).endpoints[0]
        again = measured(one, rounds=1, max_concurrency=1).endpoints[0]
        anew = measured(one, rounds=1, max_concurrency=1, unload=True).endpoints[0]
        assert len(one.catalogue.loads) == 2
    assert first.was_loaded is False
    assert first.load_seconds is not None
    assert 0.5 <= first.load_seconds < 60
    assert (again.was_loaded, again.load_seconds) == (True, None)
    assert anew.load_seconds is not None


def test_a_server_that_does_not_answer_is_named() -> None:
    with server() as one, deaf_port() as url:
        settings = BenchSettings(judge=("ollama:llama3.2",), endpoint=(f"a={one.url}", f"b={url}"))
        with pytest.raises(JudgeUnavailable, match=f"no Ollama server answers at {url}"):
            bench(settings, 60, lambda *_: None, LineProgress(lambda *_: None))


def test_a_question_without_an_answer_ends_it_with_a_sentence() -> None:
    fault = Status(code=500, error="broken", after=3)
    with server(faults=[fault]) as one, pytest.raises(JudgeUnavailable) as error:
        measured(one)
    assert str(error.value).startswith("s0 gives no answer (http-500: broken); see with")


def test_an_openai_compatible_server_is_measured_by_the_clock() -> None:
    with PlainServer(lambda _: "Yes", knows_schema=True) as plain:
        settings = BenchSettings(endpoint=(f"plain=openai:judge@{plain.url}",), rounds=1)
        (figures,) = bench(settings, 60, lambda *_: None, LineProgress(lambda *_: None)).endpoints
    assert figures.scoring == "schema"
    # It writes its answer, so that no call ends at its first token.
    assert figures.first_token_seconds is None
    assert (figures.load_seconds, figures.was_loaded) == (None, None)
    assert figures.prompt_tokens_per_second is None
    assert [at.concurrency for at in figures.sweep] == [1, 2, 4, 8]


def test_the_embedded_judge_is_asked_one_question_at_a_time(gguf: object) -> None:
    settings = BenchSettings(rounds=1)
    (figures,) = bench(settings, 120, lambda *_: None, LineProgress(lambda *_: None)).endpoints
    assert [at.concurrency for at in figures.sweep] == [1]
    assert figures.load_seconds is not None
    assert figures.prompt_tokens_per_second is not None
    assert figures.generation_tokens_per_second is not None
