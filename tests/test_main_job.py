"""The main job on real input: the example's classifier, the example's articles, real judges."""

import json
from collections import Counter
from pathlib import Path

import pytest
from ollama_server import LlamaEngine, OllamaServer, ServedModel
from running import Ended, case_lines, evaluator, findings

ROOT = Path(__file__).parent.parent
CONFIG = "examples/news-classification/configs/example.yaml"
CALIBRATED = {"EVALUATOR_CALIBRATION": "reference"}
LABELS = 20
CASES = 160


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("example") / "run"


@pytest.fixture(scope="module")
def ended(run_directory: Path, gguf: Path) -> Ended:
    """The example as `make example` runs it."""
    return evaluator(
        "run", "--config-file", CONFIG, "--save-to", run_directory, cwd=ROOT, env=CALIBRATED
    )


def test_the_example_ends_with_a_table_and_the_paths_of_its_reports(
    ended: Ended, run_directory: Path
) -> None:
    assert ended.code == 0, ended.err
    assert "Accuracy is" in ended.out
    assert "calibrated by reference pairs" in " ".join(ended.out.split())
    assert str(run_directory / "report.md") in ended.out


@pytest.mark.usefixtures("ended")
def test_every_case_is_classified_and_judged(run_directory: Path) -> None:
    summary, lines = findings(run_directory), case_lines(run_directory)
    right = sum(line["gold"] == line["predicted"] for line in lines)
    assert summary["cases"] == {
        "total": CASES,
        "classified": CASES,
        "judged": CASES,
        "unscored": 0,
        "by_reason": {},
        "by_verdict": {"exact": right, "judged": CASES - right},
        "truncated": 0,
    }
    assert summary["judge"]["pairs"] == LABELS * (LABELS - 1) // 2
    assert len(summary["per_label"]) == LABELS


@pytest.mark.usefixtures("ended")
def test_the_summary_agrees_with_the_cases_it_sums_up(run_directory: Path) -> None:
    summary, lines = findings(run_directory), case_lines(run_directory)
    right = sum(line["gold"] == line["predicted"] for line in lines)
    wrong = [line for line in lines if line["gold"] != line["predicted"]]
    assert summary["accuracy"]["value"] == pytest.approx(right / CASES)
    assert summary["score"]["mean"] == pytest.approx(sum(line["score"] for line in lines) / CASES)
    assert summary["error_relevance"]["n"] == len(wrong)
    relevance = sum(line["p_related"] for line in wrong) / len(wrong)
    assert summary["error_relevance"]["mean"] == pytest.approx(relevance)
    pairs = Counter((line["gold"], line["predicted"]) for line in wrong)
    assert {(one["gold"], one["predicted"]): one["n"] for one in summary["confusions"]} == pairs


@pytest.mark.usefixtures("ended")
def test_the_trained_model_is_far_better_than_chance(run_directory: Path) -> None:
    # Chance is 1 in 20; the lower end of the interval stays far above it.
    assert findings(run_directory)["accuracy"]["ci95"][0] > 0.3


@pytest.mark.usefixtures("ended")
def test_the_verdicts_can_be_used_again_without_a_judge(
    run_directory: Path, tmp_path: Path
) -> None:
    again = evaluator(
        *["run", "--config-file", CONFIG, "--save-to", tmp_path / "run"],
        *["--matrix", run_directory / "matrix.json"],
        cwd=ROOT,
        env=CALIBRATED,
    )
    assert again.code == 0, again.err
    assert findings(tmp_path / "run") == findings(run_directory)
    assert json.loads((tmp_path / "run/summary.json").read_text("utf-8"))["usage"]["calls"] == 0


@pytest.mark.usefixtures("ended")
def test_scoring_the_same_predictions_elsewhere_gives_the_same_result(
    run_directory: Path, tmp_path: Path
) -> None:
    judged = evaluator(
        *["judge", "--predictions", run_directory / "cases.jsonl"],
        *["--labels", "examples/news-classification/labels.yaml"],
        *["--matrix", run_directory / "matrix.json", "--save-to", tmp_path / "judged"],
        cwd=ROOT,
        env=CALIBRATED,
    )
    assert judged.code == 0, judged.err
    assert findings(tmp_path / "judged") == findings(run_directory)


def test_the_same_model_behind_ollamas_protocol_judges_nearly_alike(
    gguf: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("ice hockey\nbaseball\ncryptography\n", "utf-8")
    embedded = evaluator("matrix", "--labels", labels, "--save-to", tmp_path / "embedded")
    assert embedded.code == 0, embedded.err
    engine = LlamaEngine(gguf)
    with OllamaServer(engine, models=[ServedModel("gemma3", base=True)]) as server:
        judge = ["--judge", "ollama:gemma3", "--judge-url", server.url]
        served = evaluator("matrix", "--labels", labels, *judge, "--save-to", tmp_path / "served")
    engine.close()
    assert served.code == 0, served.err
    one, other = (
        json.loads((tmp_path / name / "matrix.json").read_text("utf-8"))["cells"]
        for name in ("embedded", "served")
    )
    for cell, twin in zip(one, other, strict=True):
        # Cache state moves this model's logits by up to 0.38 (docs/judge.md); the words are equal.
        assert cell["forward"]["logit"] == pytest.approx(twin["forward"]["logit"], abs=0.4)
        assert cell["backward"]["logit"] == pytest.approx(twin["backward"]["logit"], abs=0.4)
