from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evaluator.cases.shard import Shard
from evaluator.run.settings import JudgeSettings, MatrixSettings, RunSettings, Settings

LASTING = {"seed": 0}
LASTING_OF_CASES = {**LASTING, "show_article": False, "article_tokens": 256}


@pytest.mark.parametrize(
    ("settings", "lasting"),
    [
        (MatrixSettings(labels=Path("l.txt")), LASTING),
        (
            JudgeSettings(predictions=Path("p.csv"), gold_column="truth"),
            {
                **LASTING_OF_CASES,
                "predicted_column": None,
                "gold_column": "truth",
                "id_column": None,
                "confidence_column": None,
            },
        ),
        (
            RunSettings(data=Path("d.csv"), model_path=Path("m"), num_samples=9),
            {
                **LASTING_OF_CASES,
                "dataset": None,
                "keep_headers": False,
                "text_column": None,
                "label_column": None,
                "id_column": None,
                "num_samples": 9,
                "sample": "stratified",
                "prompt_template": None,
                "device": "auto",
                "dtype": "auto",
            },
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Settings) else None,
)
def test_what_a_resumed_run_may_not_change(settings: Settings, lasting: dict[str, Any]) -> None:
    assert settings.lasting() == lasting


def test_settings_cannot_change_once_made() -> None:
    settings = MatrixSettings(labels=Path("l.txt"))
    with pytest.raises(ValidationError, match="frozen"):
        settings.seed = 1  # type: ignore[misc]


def test_paths_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    settings = MatrixSettings.model_validate({"labels": "~/l.txt", "save_to": "~/runs/~a"})
    assert settings.labels == Path("/home/someone/l.txt")
    assert settings.save_to == Path("/home/someone/runs/~a")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (None, ()),
        ("", ()),
        ("one", ("one",)),
        (["one"], ("one",)),
        (["one", "", None, "two"], ("one", "two")),
        (("one", "two"), ("one", "two")),
        ("one,two", ("one,two",)),  # a comma separates nothing
    ],
)
def test_one_server_or_several_can_be_named(written: object, read: tuple[str, ...]) -> None:
    assert MatrixSettings.model_validate({"labels": "l", "judge_url": written}).judge_url == read


@pytest.mark.parametrize("written", [5, ["one", 5], {"one": "two"}])
def test_what_names_no_server_is_refused(written: object) -> None:
    with pytest.raises(ValidationError, match="judge_url"):
        MatrixSettings.model_validate({"labels": "l", "judge_url": written})


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ({"data": "d.csv", "dataset": "20newsgroups"}, "--data PATH or --dataset NAME, not both"),
        ({"dataset": "imdb"}, "--dataset knows 20newsgroups, .*, not 'imdb'"),
        ({"data": "d.csv", "keep_headers": True}, "--keep-headers is for .* 20newsgroups alone"),
        ({"dataset": "hf:n", "keep_headers": True}, "--keep-headers is for .* 20newsgroups alone"),
    ],
)
def test_cases_come_from_one_known_source(source: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        RunSettings.model_validate({"model_path": "m", **source})


@pytest.mark.parametrize("unsaid", [{}, {"data": None}, {"dataset": None}], ids=str)
def test_cases_that_are_not_named_are_the_newsgroups_test_posts(unsaid: dict[str, None]) -> None:
    settings = RunSettings.model_validate({"model_path": "m", **unsaid})
    assert (settings.data, settings.dataset) == (None, "20newsgroups:test")


@pytest.mark.parametrize("name", ["20newsgroups", "20newsgroups:test", "20newsgroups:train"])
def test_the_datasets_that_are_known(name: str) -> None:
    settings = RunSettings(model_path=Path("m"), dataset=name)
    assert (settings.dataset, settings.hub_name) == (name, None)
    assert settings.is_newsgroups


def test_a_dataset_of_the_hub_is_known_by_its_prefix() -> None:
    settings = RunSettings(model_path=Path("m"), dataset="hf:ag_news:test")
    assert (settings.hub_name, settings.is_newsgroups) == ("ag_news:test", False)
    with pytest.raises(ValidationError, match="not 'hf:'"):
        RunSettings(model_path=Path("m"), dataset="hf:")


@pytest.mark.parametrize("tokens", [31, 1025])
def test_an_article_is_shown_in_part_but_not_in_a_few_words(tokens: int) -> None:
    with pytest.raises(ValidationError, match="article_tokens"):
        JudgeSettings(predictions=Path("p.csv"), article_tokens=tokens)


def test_a_stored_matrix_cannot_judge_articles() -> None:
    with pytest.raises(ValidationError, match="a stored matrix holds no verdicts on articles"):
        JudgeSettings(predictions=Path("p.csv"), show_article=True, matrix=Path("m.json"))


def test_inside_of_knitfab_a_run_writes_to_an_output_of_its_plan() -> None:
    def save_to(**given: object) -> Path:
        return JudgeSettings.model_validate({"predictions": "p.csv", **given}).save_to

    assert save_to(knitfab=True) == Path("/out")
    assert save_to(knitfab=True, save_to="/out/run") == Path("/out/run")
    assert save_to(knitfab=False) == save_to() == Path("evaluation")
    with pytest.raises(ValidationError, match="an absolute path such as /out, not run"):
        save_to(knitfab=True, save_to="run")


def of_shard(shard: object, **settings: Any) -> RunSettings:
    return RunSettings.model_validate({"model_path": "m", "shard": shard, **settings})


def test_a_shard_is_named_whole_or_counted_by_kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_shard("3/8").own_shard == Shard(3, 8)
    assert of_shard(None).own_shard is None
    with pytest.raises(ValidationError, match="N alone is enough in a pod of an Indexed Job"):
        of_shard(8)
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "5")
    assert of_shard(8).shard == of_shard("8").shard == "5/8"
    assert of_shard("0/8").own_shard == Shard(0, 8)


def test_knitfab_has_no_shards() -> None:
    with pytest.raises(ValidationError, match="--knitfab or --shard"):
        of_shard("0/2", knitfab=True)
