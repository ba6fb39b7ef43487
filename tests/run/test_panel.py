"""A panel of real judges: the packaged model's answers and its vectors."""

from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelPair, labels_from_names
from evaluator.judge.matrix import Wanted
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.panel import PanelMatrix
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.directory import RunDirectory
from evaluator.run.judged import Judge, Judged
from evaluator.run.opening import open_judge
from evaluator.run.progress import Progress
from evaluator.run.settings import MatrixSettings

RUBRIC = load_rubric("category-relevance")
LABELS = labels_from_names(["tennis", "boxing", "tax law"])
SPORTS = LabelPair("tennis", "boxing")


def opened(*judges: str, **changes: Any) -> Judge:
    settings = MatrixSettings.model_validate({"labels": "l.txt", "judge": judges, **changes})
    return open_judge(settings, LABELS, RUBRIC, lambda *_: None)


def judged_by(judge: Judge, folder: Path, progress: Progress) -> Judged:
    with judge:
        wanted = Wanted(list(LABELS.pairs()))
        return judge.judge(LABELS, wanted, RunDirectory(folder).answers(), progress)


def test_answers_and_vectors_of_one_model_are_pooled(tmp_path: Path, progress: Progress) -> None:
    found = judged_by(opened("embedded", "embedding"), tmp_path / "run", progress)
    matrix = found.matrix
    assert isinstance(matrix, PanelMatrix)
    assert [one.lock.backend for one in matrix.members] == ["embedded", "embedding"]
    assert all(
        matrix.p_related(SPORTS) > matrix.p_related(pair) for pair in list(LABELS.pairs())[1:]
    )
    assert found.usage.calls == 2 * 3 + 2 * 8 * 3  # the embedding answers no questions
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(matrix))
    again = judged_by(opened("embedded", matrix=path), tmp_path / "second", progress)
    assert again.usage.calls == 0
    assert again.matrix.p_related(SPORTS) == matrix.p_related(SPORTS)


def test_a_panel_goes_on_where_it_stopped(tmp_path: Path, progress: Progress) -> None:
    first = judged_by(opened("embedded", "embedding"), tmp_path / "run", progress)
    second = judged_by(opened("embedded", "embedding"), tmp_path / "run", progress)
    assert second.usage.calls == 0
    assert second.matrix.p_related(SPORTS) == first.matrix.p_related(SPORTS)


def test_vectors_alone_judge_too(tmp_path: Path, progress: Progress) -> None:
    matrix = judged_by(opened("embedding"), tmp_path / "run", progress).matrix
    assert matrix.lock.scoring == "cosine"
    assert matrix.p_related(SPORTS) > matrix.p_related(LabelPair("tennis", "tax law"))


def test_a_judge_sits_on_a_panel_once() -> None:
    judge = opened("embedding", "embedding")
    with pytest.raises(ConfigError, match="is on the panel twice"), judge:
        pass


def test_a_panel_needs_calibrated_judges() -> None:
    with pytest.raises(ConfigError, match="drop --calibration none"):
        opened("embedded", "embedding", calibration="none")


def test_a_kept_panel_needs_its_calibration(tmp_path: Path, progress: Progress) -> None:
    found = judged_by(opened("embedding", "embedded"), tmp_path / "run", progress)
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(found.matrix))
    with pytest.raises(ConfigError, match="drop --calibration none, or name another --matrix"):
        opened("embedded", matrix=path, calibration="none")


def test_a_form_that_the_rubric_lacks_is_named() -> None:
    with pytest.raises(ConfigError, match="has no form 'nonsense'; it has: question, categories"):
        opened("embedded#nonsense")
