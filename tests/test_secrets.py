"""What is secret stays so: no log, no file, no error and no traceback tells it."""

from pathlib import Path

import pytest
from ollama_server import Fault, OllamaServer, ScriptedEngine, ServedModel, Status
from openai_server import PlainServer
from running import Ended, evaluator

CANARY = "canary-7f3a91"
PREDICTIONS = "predicted,gold\ncars,cooking\ncooking,medicine\nmedicine,cars\n"


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "predictions.csv"
    path.write_text(PREDICTIONS, "utf-8")
    return path


def judged(predictions: Path, *judge: object, **env: str) -> Ended:
    save_to = predictions.parent / "run"
    arguments = ["--predictions", predictions, "--save-to", save_to, "--junit", "--debug"]
    return evaluator("judge", *arguments, *judge, env=env)


def tellers(ended: Ended, folder: Path) -> list[str]:
    """Whatever tells the canary: a stream or a file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    told = [str(path) for path in files if CANARY.encode() in path.read_bytes()]
    return [*told, *(name for name in ("out", "err") if CANARY in getattr(ended, name))]


def test_the_keys_of_the_environment_are_sent_and_never_told(predictions: Path) -> None:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ("--judge", f"ollama:llama3.2@{server.url}", "--log-format", "json")
        ended = judged(predictions, *judge, OLLAMA_API_KEY=CANARY, EVALUATOR_API_KEY=CANARY)
    assert ended.code == 0, ended.err
    assert (predictions.parent / "run" / "run.json").exists()
    assert tellers(ended, predictions.parent) == []


@pytest.mark.parametrize("fault", ["refused", "no server"])
def test_a_failure_does_not_tell_the_key_that_was_sent(predictions: Path, fault: str) -> None:
    with PlainServer(lambda _: "Yes", knows_schema=False) as server:
        url = server.url if fault == "refused" else "http://127.0.0.1:9"
        ended = judged(predictions, "--judge", f"openai:other@{url}", EVALUATOR_API_KEY=CANARY)
    assert ended.code == 3, ended.err
    assert "Traceback" in ended.err
    assert tellers(ended, predictions.parent) == []


ECHO = f"Incorrect API key provided: Bearer {CANARY}"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Status(paths=("/api/tags",), code=401, error=ECHO), 3),
        (Status(paths=("/api/pull",), code=401, error=ECHO), 3),
        (Status(code=401, error=ECHO, after=2), 6),
    ],
    ids=["the first requests", "pulling", "the questions"],
)
def test_a_key_that_the_server_says_back_is_told_nowhere(
    predictions: Path, fault: Fault, code: int
) -> None:
    model = "missing" if "/api/pull" in fault.paths else "llama3.2"
    judge = ["--judge", f"ollama:{model}", "--pull", "--log-format", "json", "--explain", "all"]
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    last_words = predictions.parent / "termination-log"
    last_words.touch()
    version = f"0.33.0-{CANARY}"
    with OllamaServer(engine, [ServedModel("llama3.2")], [fault], version=version) as server:
        judge += ["--judge-url", server.url]
        env = {"OLLAMA_API_KEY": CANARY, "EVALUATOR_TERMINATION_LOG": str(last_words)}
        ended = judged(predictions, *judge, **env)
    assert ended.code == code, ended.err
    echoed = [predictions.parent / "run" / "run.json"] if code == 6 else [last_words]
    assert ["[key]" in file.read_text("utf-8") for file in echoed] == [True]
    assert code == 6 or "Bearer [key]" in ended.err
    assert tellers(ended, predictions.parent) == []


@pytest.mark.parametrize(
    ("way", "address"),
    [
        ("flag", f"http://user:{CANARY}@127.0.0.1:9"),
        ("environment", f"http://127.0.0.1:9?key={CANARY}"),
        ("file", f"{CANARY}@127.0.0.1:9"),
    ],
)
def test_a_secret_in_an_address_is_refused_untold(
    predictions: Path, way: str, address: str
) -> None:
    config = predictions.parent / "settings.yaml"
    config.write_text(f"judge: 'ollama:llama3.2'\njudge_url: '{address}'\n", "utf-8")
    given: dict[str, list[object]] = {
        "flag": ["--judge", "ollama:llama3.2", "--judge-url", address],
        "environment": ["--judge", "ollama:llama3.2"],
        "file": ["--config-file", config],
    }
    env = {"EVALUATOR_JUDGE_URL": address} if way == "environment" else {}
    ended = judged(predictions, *given[way], **env)
    assert ended.code == 2, ended.err
    config.unlink()
    assert tellers(ended, predictions.parent) == []
