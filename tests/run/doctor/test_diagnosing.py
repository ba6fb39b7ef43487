"""The whole walk, to servers that are what they should be and to those that are not."""

import json
from pathlib import Path

import pytest
from diagnoses import deaf_port, diagnosed, judge_server, walked
from ollama_server import OtherDigest
from openai_server import PlainServer

from evaluator.report.diagnosis import diagnosis_of

STEPS = [
    "configuration",
    "save directory",
    "labels",
    "data",
    "classifier",
    "run",
    "surroundings",
    "DNS",
    "port",
    "HTTP",
    "server",
    "model",
    "disk for a pull",
    "verdict",
    "GPU",
    "context",
    "parallel slots",
    "thinking",
    "clock",
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text("text,label\nthe engine,cars\nthe soup,cooking\n", "utf-8")
    return path


def test_a_good_judge_alone_is_walked_to_its_verdict() -> None:
    with judge_server() as server:
        found = diagnosed(server)
    assert list(found) == STEPS
    assert {name for name, one in found.items() if one.state == "skipped"} == {
        "save directory",
        "labels",
        "data",
        "classifier",
        "run",
        "disk for a pull",
    }
    assert {one.state for one in found.values()} == {"ok", "skipped"}
    assert diagnosis_of(found.values()).exit_code == 0


def test_every_judge_has_steps_of_its_own_and_so_has_every_replica() -> None:
    with judge_server() as one, judge_server() as other:
        found = walked(judge=("ollama:llama3.2",), judge_url=(one.url, other.url))
        subjects = [finding.subject for finding in found if finding.step == "verdict"]
    assert subjects == [f"ollama:llama3.2@{server.url}" for server in (one, other)]


def test_replicas_of_one_judge_are_the_same() -> None:
    with judge_server() as one, judge_server() as other:
        found = walked(judge=("ollama:llama3.2",), judge_url=(one.url, other.url))[-1]
    assert (found.step, found.state) == ("replicas", "ok")
    assert found.found.startswith("2 servers serve the same judge, sha256:")
    assert found.subject == f"ollama:llama3.2@{one.url},{other.url}"


def test_replicas_with_other_weights_are_found_out() -> None:
    with judge_server() as one, judge_server(OtherDigest(paths=("/api/tags",))) as other:
        found = walked(judge=("ollama:llama3.2",), judge_url=(one.url, other.url))[-1]
    assert (found.step, found.state, found.exit_code) == ("replicas", "failed", 2)
    assert "do not serve the same judge: digest" in found.found


def test_replicas_are_not_compared_where_one_is_gone() -> None:
    with judge_server() as one, deaf_port() as gone:
        found = walked(judge=("ollama:llama3.2",), judge_url=(gone, one.url))
    assert [finding.step for finding in found if finding.state == "failed"] == ["port"]
    assert (found[-1].step, found[-1].state) == ("replicas", "not reached")
    assert [finding.state for finding in found if finding.step == "verdict"] == [
        "not reached",
        "ok",
    ]


def test_data_that_cannot_be_read_hides_no_judge_and_no_model(
    tmp_path: Path, tiny_model: Path
) -> None:
    data = tmp_path / "cases.csv"
    data.write_text("text,topic\nthe engine,cars\n", "utf-8")
    with judge_server() as server:
        found = diagnosed(
            server, data=data, label_column="label", model_path=tiny_model, save_to=tmp_path / "run"
        )
    assert found["data"].state == "failed"
    assert "label" in found["data"].found
    assert found["classifier"].state == "ok"
    assert found["verdict"].state == "ok"
    assert diagnosis_of(found.values()).exit_code == 5


def test_a_missing_model_hides_neither_data_nor_judge(tmp_path: Path, cases: Path) -> None:
    with judge_server() as server:
        found = diagnosed(
            server, data=cases, model_path=tmp_path / "nothing", save_to=tmp_path / "run"
        )
    assert found["labels"].state == "failed"
    assert found["labels"].found == f"{tmp_path / 'nothing'} does not exist"
    assert found["classifier"].state == "not reached"
    assert found["classifier"].found == "“labels” has to be right first"
    assert found["data"].state == "ok"
    assert found["verdict"].state == "ok"
    assert diagnosis_of(found.values()).exit_code == 4


def test_the_exit_code_is_that_of_the_first_failure(tmp_path: Path, cases: Path) -> None:
    with deaf_port() as url:
        found = diagnosed(url, data=cases, model_path=tmp_path / "no", save_to=tmp_path / "run")
    assert [one.exit_code for one in found.values() if one.state == "failed"] == [4, 3]
    assert diagnosis_of(found.values()).exit_code == 4


def test_an_unknown_judge_ends_the_walk_at_its_start() -> None:
    (finding,) = walked(judge=("oracle",))
    assert (finding.step, finding.state, finding.exit_code) == ("configuration", "failed", 2)
    assert finding.found == "'oracle' names no judge"
    assert finding.advice is not None
    assert finding.advice.startswith("write embedded")


def test_a_form_that_the_rubric_lacks_is_an_error_of_the_configuration() -> None:
    (finding,) = walked(judge=("embedded#nonsense",))
    assert finding.exit_code == 2
    assert "nonsense" in finding.found


def test_stored_verdicts_need_no_judge(tmp_path: Path) -> None:
    broken = tmp_path / "matrix.json"
    broken.write_text(json.dumps({"schema_version": 0}), "utf-8")
    found = walked(judge=("ollama:llama3.2",), matrix=broken)
    assert [one.step for one in found][-1] == "stored verdicts"
    assert (found[-1].state, found[-1].exit_code) == ("failed", 2)


def test_an_openai_compatible_server_is_walked_without_what_only_ollama_tells() -> None:
    def answer(question: str) -> str:
        return "Yes" if "hop growing" in question or "drums" in question else "No"

    with PlainServer(answer, knows_schema=True) as server:
        found = {one.step: one for one in walked(judge=(f"openai:judge@{server.url}",))}
    assert list(found) == STEPS
    assert found["server"].found == "OpenAI-compatible, does not tell its version"
    assert found["model"].found == "judge, digest not told"
    assert found["verdict"].state == "warning"
    assert "schema scoring" in found["verdict"].found
    assert found["GPU"].state == found["context"].state == "skipped"
    assert found["surroundings"].state == "skipped"


def test_the_embedded_judge_gives_a_verdict(gguf: Path) -> None:
    found = {one.step: one for one in walked(judge=("embedded",))}
    assert list(found) == STEPS
    assert found["verdict"].state in ("ok", "warning")
    assert "logprobs scoring" in found["verdict"].found
    assert found["context"].found == "2048 tokens, set by this program"
    assert str(gguf.parent) in found["model"].found
    assert {found[name].state for name in ("DNS", "port", "HTTP", "server", "clock")} == {"skipped"}


def test_the_embedding_judge_compares_two_pairs(gguf: Path) -> None:
    found = {one.step: one for one in walked(judge=("embedding",))}
    assert found["verdict"].state == "ok"
    assert "cosine" in found["verdict"].found
    assert found["thinking"].found == "it gives no answers"


def test_a_file_that_is_no_model_fails_at_the_verdict(tmp_path: Path) -> None:
    path = tmp_path / "judge.gguf"
    path.write_text("nothing", "utf-8")
    found = {one.step: one for one in walked(judge=(f"embedded:{path}",))}
    assert found["verdict"].state == "failed"
    assert found["verdict"].found == f"the judge model {path} is not a GGUF file"
    assert found["verdict"].exit_code == 2
