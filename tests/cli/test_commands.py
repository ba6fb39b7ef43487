"""What each command prints and writes, on the smallest real input."""

import json
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import case_lines, evaluator, findings, journaled

GUARDS = str(Path(__file__).parent.parent / "guards")
NO_TORCH = {"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": "torch transformers peft safetensors"}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    rows = ["1,the engine,cars", "2,the soup,cooking", "3,the engine,cars", "4, ,medicine"]
    path.write_text("\n".join(["id,text,label", *rows]), "utf-8")
    return path


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    path.write_text("cars\ncooking\nmedicine\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def matrix(labels: Path, tmp_path_factory: pytest.TempPathFactory, gguf: Path) -> Path:
    """The embedded judge's matrix on three labels."""
    save_to = tmp_path_factory.mktemp("matrix")
    ended = evaluator("matrix", "--labels", labels, "--save-to", save_to)
    assert ended.code == 0, ended.err
    return save_to / "matrix.json"


def test_help_lists_every_command() -> None:
    ended = evaluator("--help")
    assert ended.code == 0
    assert ended.err == ""
    for command in ("run", "judge", "matrix", "plan", "rubric"):
        assert f"  {command} " in ended.out
        assert evaluator(command, "--help").code == 0


def test_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert evaluator("--version").out.strip().endswith(version("llm-judge-evaluator"))


def test_matrix_prints_every_pair_once(labels: Path, matrix: Path) -> None:
    ended = evaluator("matrix", "--labels", labels, "--save-to", matrix.parent)
    assert ended.code == 0
    assert "P(related)" in ended.out
    assert "medicine" in ended.out
    stored = json.loads(matrix.read_text("utf-8"))
    assert {(cell["first"], cell["second"]) for cell in stored["cells"]} == {
        ("cars", "cooking"),
        ("cars", "medicine"),
        ("cooking", "medicine"),
    }
    assert (matrix.parent / "pairs.csv").read_text("utf-8").count(
        "\n"
    ) == 7  # header, 3 pairs twice


def test_matrix_in_json_is_the_matrix_file(labels: Path, matrix: Path) -> None:
    arguments = ["--labels", labels, "--save-to", matrix.parent, "--format", "json"]
    ended = evaluator("matrix", *arguments)
    assert json.loads(ended.out) == json.loads(matrix.read_text("utf-8"))


def test_run_reuses_a_matrix_without_a_judge(
    cases: Path, tiny_model: Path, matrix: Path, tmp_path: Path
) -> None:
    ended = evaluator(
        *["run", "--data", cases, "--model", tiny_model, "--matrix", matrix],
        *["--save-to", tmp_path / "run", "--max-unscored", "1", "--format", "json"],
        env={"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": "xllamacpp ollama"},
    )
    assert ended.code == 0, ended.err
    summary = json.loads(ended.out)
    assert summary["usage"]["calls"] == 0
    assert summary["cases"]["by_reason"] == {"empty-text": 1}
    assert summary == json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))
    assert len(journaled(tmp_path / "run", "classifications")) == 2  # two articles are equal
    lines = case_lines(tmp_path / "run")
    assert [line["id"] for line in lines] == ["1", "2", "3", "4"]
    assert lines[0]["predicted"] == lines[2]["predicted"]
    assert lines[3]["flags"] == ["unscored:empty-text"]


def test_run_prints_the_table_and_the_paths_on_standard_output_alone(
    cases: Path, tiny_model: Path, matrix: Path, tmp_path: Path
) -> None:
    ended = evaluator(
        *["run", "--data", cases, "--model", tiny_model, "--matrix", matrix],
        *["--save-to", tmp_path / "run", "--max-unscored", "1"],
    )
    assert "Accuracy is" in ended.out
    for name in (
        *("report.md", "summary.json", "cases.jsonl", "pairs.csv", "matrix.json"),
        "deepeval-result.json",
    ):
        assert str(tmp_path / "run" / name) in ended.out
        assert (tmp_path / "run" / name).exists()
    assert "classifying: 4 of 4 cases" in ended.err


def test_progress_can_be_json_lines(
    cases: Path, tiny_model: Path, matrix: Path, tmp_path: Path
) -> None:
    ended = evaluator(
        *["run", "--data", cases, "--model", tiny_model, "--matrix", matrix],
        *["--save-to", tmp_path / "run", "--max-unscored", "1", "--log-format", "json"],
    )
    events = [json.loads(line) for line in ended.err.splitlines()]
    assert {"classifying", "scoring"} <= {event.get("stage") for event in events}


def test_judge_scores_predictions_without_torch(labels: Path, matrix: Path, tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("id,guess,truth\na,cars,cars\nb,Cars ,cars\nc,cooking,medicine\n", "utf-8")
    columns = ["--predicted-column", "guess", "--gold-column", "truth"]
    ended = evaluator(
        *["judge", "--predictions", path, *columns, "--matrix", matrix, "--labels", labels],
        *["--save-to", tmp_path / "run"],
        env=NO_TORCH,
    )
    assert ended.code == 0, ended.err
    summary = findings(tmp_path / "run")
    # Two of three predictions name the gold label; "Cars " is an alias by case and spacing.
    assert summary["accuracy"]["value"] == pytest.approx(2 / 3)
    flags = [line["flags"] for line in case_lines(tmp_path / "run")]
    assert flags == [["exact"], ["alias"], ["judged"]]


def test_run_without_torch_says_what_to_install(
    cases: Path, tiny_model: Path, matrix: Path
) -> None:
    ended = evaluator(
        *["run", "--data", cases, "--model", tiny_model, "--matrix", matrix],
        *["--save-to", cases.parent / "run"],
        env=NO_TORCH,
    )
    assert ended.code == 4
    assert "llm-judge-evaluator[classifier]" in ended.err


def test_plan_counts_what_a_run_would_ask_and_writes_nothing(
    cases: Path, tiny_model: Path, tmp_path: Path
) -> None:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4}, seconds=0.01)
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        save_to = tmp_path / "run"
        arguments = ["--data", cases, "--model", tiny_model, *judge, "--save-to", save_to]
        ended = evaluator("plan", *arguments, "--format", "json")
        assert ended.code == 0, ended.err
        plan = json.loads(ended.out)
        assert (plan["cases"], plan["articles"], plan["labels"]) == (4, 2, 3)
        assert plan["questions"] == plan["calls"] == 6  # 3 pairs in both orders
        assert len(server.bodies("/api/chat")) == plan["probe_calls"] <= 4
        assert not save_to.exists()
        assert "4 cases, 2 distinct articles" in evaluator("plan", *arguments).out


def test_settings_come_from_flags_before_environment_before_file(
    cases: Path, tiny_model: Path, matrix: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    settings = {"data": str(cases), "model": str(tiny_model), "matrix": str(matrix)}
    config.write_text(json.dumps({**settings, "threshold": 0.1, "max-unscored": 1}), "utf-8")

    def threshold(*flags: str, **env: str) -> float:
        arguments = ["--config-file", config, "--save-to", tmp_path / "run", *flags]
        assert evaluator("run", *arguments, env=env).code == 0
        used: float = findings(tmp_path / "run")["pass"]["threshold"]
        return used

    assert threshold() == 0.1
    assert threshold(EVALUATOR_THRESHOLD="0.2") == 0.2
    assert threshold("--threshold", "0.3", EVALUATOR_THRESHOLD="0.2") == 0.3
