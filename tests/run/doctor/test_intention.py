"""Whether a run would begin."""

import json
from pathlib import Path
from typing import Any

import pytest
from diagnoses import judge_server

from evaluator.cli.progress import LineProgress
from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.doctor.intention import run_step
from evaluator.run.doctor.walking import Found
from evaluator.run.labelling import labels_of_model
from evaluator.run.pipeline import run_evaluation
from evaluator.run.settings import DoctorSettings

RUBRIC = load_rubric("category-relevance")


@pytest.fixture
def given(tmp_path: Path, tiny_model: Path) -> dict[str, Any]:
    data = tmp_path / "cases.jsonl"
    rows = [{"text": f"the engine {n}", "label": "cars"} for n in range(4)]
    data.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return {
        "data": data,
        "model_path": tiny_model,
        "save_to": tmp_path / "run",
        "judge": "ollama:llama3.2@http://127.0.0.1:9",
        "calibration": "none",
    }


def checked(**given: Any) -> Found:
    settings = DoctorSettings(**given)
    run = settings.run
    labels = None if run is None else labels_of_model(run)[1]
    return run_step(settings, RUBRIC, labels, lambda *_: None).check()


def test_without_a_model_there_is_no_run() -> None:
    assert checked().state == "skipped"


def test_a_first_run_would_begin_anew_and_nothing_is_made(given: dict[str, Any]) -> None:
    assert checked(**given).text == "would begin anew"
    assert not given["save_to"].exists()


def test_a_run_of_the_same_would_be_continued_and_of_another_is_refused(
    given: dict[str, Any],
) -> None:
    with judge_server() as server:
        judged = {**given, "judge": f"ollama:llama3.2@{server.url}"}
        run = DoctorSettings(**judged).run
        assert run is not None
        run_evaluation(run, LineProgress(lambda *_: None), lambda *_: None)
    assert checked(**judged).text.startswith("would continue the one that began at 20")
    assert checked(**judged, fresh=True).text == "would begin anew"
    given["data"].write_text('{"text": "soup", "label": "cooking"}', "utf-8")
    with pytest.raises(ConfigError, match="holds a run made from something else: data"):
        checked(**judged)


def test_reasons_that_no_judge_can_give_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="hold no reasons"):
        checked(**{**given, "judge": "embedding", "explain": "all"})


def test_articles_are_not_shown_to_a_panel(given: dict[str, Any]) -> None:
    panel = ("embedded", "embedding")
    with pytest.raises(ConfigError, match="--show-article takes one judge"):
        checked(**{**given, "judge": panel, "calibration": "reference", "show_article": True})


def test_overrides_of_unknown_labels_are_refused(given: dict[str, Any], tmp_path: Path) -> None:
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("predicted,gold,level\ncars,ships,related\n", "utf-8")
    with pytest.raises(DataUnusable, match="names 'ships', which is no label"):
        checked(**given, overrides=overrides)
