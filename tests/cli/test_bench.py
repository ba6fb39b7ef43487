"""`evaluator bench` as a user calls it."""

import json

from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import assert_fails, evaluator


def server(seconds: float) -> OllamaServer:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.3}, seconds=seconds)
    return OllamaServer(engine, [ServedModel("llama3.2")])


def test_two_endpoints_side_by_side_as_json() -> None:
    with server(0.1) as docker, server(0.02) as native:
        ended = evaluator(
            *("bench", "--judge", "ollama:llama3.2", "--rounds", 1, "--max-concurrency", 1),
            *("--endpoint", f"docker={docker.url}", "--endpoint", f"native={native.url}"),
            *("--format", "json"),
        )
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    assert document["schema_version"] == 1
    assert [one["name"] for one in document["endpoints"]] == ["docker", "native"]
    (ratio,) = [one for one in document["ratios"] if one["measure"] == "verdicts"]
    assert (ratio["endpoint"], ratio["baseline"]) == ("native", "docker")
    assert ratio["times"]["median"] > 1


def test_one_judge_as_a_table() -> None:
    with server(0.0) as one:
        ended = evaluator(
            *("bench", "--judge", f"ollama:llama3.2@{one.url}", "--rounds", 1),
            *("--max-concurrency", 2),
        )
    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"ollama:llama3.2@{one.url}: ")
    assert "verdicts/s, 2 in flight" in ended.out


def test_an_endpoint_without_a_name_is_a_sentence() -> None:
    assert_fails(
        evaluator("bench", "--endpoint", "http://127.0.0.1:9"), 2, "write --endpoint NAME=URL"
    )


def test_a_judge_that_is_not_there_ends_with_3() -> None:
    assert_fails(evaluator("bench", "--judge", "ollama:m@http://127.0.0.1:9"), 3, "127.0.0.1:9")
