"""The classifier stage, with a tiny model."""

import json
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import pytest

from evaluator.cases import Case, Cases, FileCases, FolderCases, HubCases, NewsgroupsCases
from evaluator.cases.digest import text_sha256
from evaluator.classifier.classified import ClassifiedTexts
from evaluator.classifier.prediction import Classification, Prediction
from evaluator.classifier.seen import SeenModel
from evaluator.classifier.template import PromptTemplate
from evaluator.errors import DataUnusable, ModelChanged, ModelUnusable
from evaluator.judge.labels import labels_from_names
from evaluator.run.classifying import (
    Predictions,
    case_source,
    chosen_cases,
    classify_cases,
    prompt_template,
)
from evaluator.run.directory import RunDirectory
from evaluator.run.journal import Journal
from evaluator.run.progress import Progress
from evaluator.run.settings import RunSettings
from evaluator.run.surveying import SurveyedCases, survey

LABELS = ("cars", "cooking", "medicine")
CASES = [
    Case("1", "the engine of the car", "cars"),
    Case("2", "the salt of the soup", "cooking"),
    Case("3", "the engine of the car", "medicine"),
    Case("4", " \n", "cars"),
    Case("5", "car " * 100, "cars"),
]


def surveyed(cases: list[Case]) -> SurveyedCases:
    return SurveyedCases(cases, len(cases))


def settings(**changes: Any) -> RunSettings:
    return RunSettings.model_validate({"data": "d.csv", "model_path": "m", **changes})


def classified(
    cases: SurveyedCases, run: RunSettings, journal: Journal[Classification], progress: Progress
) -> Predictions:
    seen = SeenModel(run.model_path, run.base_model)
    return classify_cases(cases, run, LABELS, journal, progress, seen=seen)


@pytest.fixture
def journal(tmp_path: Path) -> Journal[Classification]:
    return RunDirectory(tmp_path / "run").classifications()


def test_the_settings_name_the_source(tmp_path: Path) -> None:
    columns = {"text_column": "t", "label_column": "l", "id_column": "i"}
    assert case_source(settings(data="c.csv", **columns)) == FileCases(Path("c.csv"), "t", "l", "i")
    assert case_source(settings(data=tmp_path)) == FolderCases(tmp_path)
    hub = settings(data=None, dataset="hf:ag_news", **columns)
    assert case_source(hub) == HubCases("ag_news", "t", "l", "i")
    for dataset, part in (("20newsgroups", "test"), ("20newsgroups:train", "train")):
        for whole in (False, True):
            source = case_source(settings(data=None, dataset=dataset, keep_headers=whole))
            assert source == NewsgroupsCases(part, keep_headers=whole)


def test_all_the_first_or_a_sample_of_the_cases_are_chosen(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("text,label\n" + "".join(f"t{n},{'ab'[n % 4 == 0]}\n" for n in range(40)))
    source = FileCases(path)

    def chosen(**changes: Any) -> list[str]:
        return [case.text for case in chosen_cases(source, settings(**changes))]

    assert chosen() == [f"t{n}" for n in range(40)]
    assert chosen(num_samples=3, sample="first") == ["t0", "t1", "t2"]
    sample = chosen(num_samples=8, seed=1)
    assert len(sample) == 8 and sum(int(text[1:]) % 4 == 0 for text in sample) == 2
    assert sample == chosen(num_samples=8, seed=1) != chosen(num_samples=8, seed=2)


def test_the_template_of_the_settings_wins_over_the_models(tmp_path: Path) -> None:
    (tmp_path / "evaluator.json").write_text(json.dumps({"prompt_template": "Model: {{ text }}"}))
    assert prompt_template(settings(model_path=tmp_path)).source == "Model: {{ text }}"
    given = settings(model_path=tmp_path, prompt_template="Mine: {{ text }}")
    assert prompt_template(given).source == "Mine: {{ text }}"
    assert prompt_template(settings(model_path=tmp_path / "none")).source == "{{ text }}"


def test_predictions_are_joined_to_their_cases_in_order() -> None:
    classified = ClassifiedTexts()
    classified.add(Classification(text_sha256("News: x"), "cars", 0.75, True, 9))
    cases = surveyed([Case("1", "x", "a"), Case("2", "", "b"), Case("3", "x", "c")])
    predictions = Predictions(cases, PromptTemplate("News: {{ text }}"), classified)
    expected = [
        Prediction("1", "a", "cars", 0.75, True, text="x"),
        Prediction("2", "b", None, missing="empty-text", text=""),
        Prediction("3", "c", "cars", 0.75, True, text="x"),
    ]
    assert list(predictions) == expected
    assert list(predictions) == expected


def test_an_article_that_was_never_classified_means_that_the_source_changed(
    tiny_model: Path, journal: Journal[Classification], progress: Progress, tmp_path: Path
) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("text,label\nthe engine,cars\nthe soup,cooking\n")
    run = settings(model_path=tiny_model)
    cases = survey(FileCases(path), labels_from_names(LABELS))
    predictions = classified(cases, run, journal, progress)
    path.write_text("text,label\nthe soup,cooking\nthe salt,cooking\n")
    with pytest.raises(DataUnusable, match=r"cases\.csv changed while it was read; start over"):
        list(predictions)


def test_equal_articles_are_classified_once_and_empty_ones_never(
    tiny_model: Path, journal: Journal[Classification], progress: Progress
) -> None:
    run = settings(model_path=tiny_model)
    predictions = list(classified(surveyed(CASES), run, journal, progress))
    assert [one.case_id for one in predictions] == ["1", "2", "3", "4", "5"]
    assert [one.gold for one in predictions] == [case.gold for case in CASES]
    assert predictions[0].label in LABELS
    assert (predictions[2].label, predictions[2].confidence) == (
        predictions[0].label,
        predictions[0].confidence,
    )
    assert (predictions[3].label, predictions[3].missing) == (None, "empty-text")
    assert [one.truncated for one in predictions] == [False, False, False, False, True]
    assert len(list(journal)) == 3
    assert progress.stages == [("classifying", 5, "cases", 0, 5)]  # type: ignore[attr-defined]


def test_what_the_journal_knows_is_not_classified_again(
    tiny_model: Path, journal: Journal[Classification], progress: Progress, tmp_path: Path
) -> None:
    run = settings(model_path=tiny_model)
    first = list(classified(surveyed(CASES[:2]), run, journal, progress))
    whole = list(classified(surveyed(CASES), run, journal, progress))
    assert whole[:2] == first
    assert len(list(journal)) == 3
    # Of five cases, the third is like the first and the fourth is empty.
    assert progress.stages[-1] == ("classifying", 5, "cases", 4, 5)  # type: ignore[attr-defined]
    # Nothing is left to do, so no model is needed.
    gone = settings(model_path=tmp_path / "gone")
    assert list(classified(surveyed(CASES), gone, journal, progress)) == whole
    assert progress.stages[-1] == ("classifying", 5, "cases", 5, 5)  # type: ignore[attr-defined]


def test_another_template_makes_other_articles(
    tiny_model: Path, journal: Journal[Classification], progress: Progress
) -> None:
    for template in ("{{ text }}", "News: {{ text }}", "News: {{ text }}"):
        run = settings(model_path=tiny_model, prompt_template=template)
        classified(surveyed(CASES[:2]), run, journal, progress)
    assert len(list(journal)) == 4


def test_a_failure_on_the_way_keeps_what_was_classified(
    tiny_model: Path, journal: Journal[Classification]
) -> None:
    class Stopping:
        def stage(self, name: str, total: int | None, unit: str, done: int = 0) -> Any:
            return nullcontext(self.advance)

        def advance(self, count: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        classified(surveyed(CASES), settings(model_path=tiny_model), journal, Stopping())
    assert len(list(journal)) == 1


def test_a_model_that_is_not_there_is_unusable(
    tmp_path: Path, journal: Journal[Classification], progress: Progress
) -> None:
    with pytest.raises(ModelUnusable, match="does not exist"):
        classified(surveyed(CASES), settings(model_path=tmp_path / "m"), journal, progress)


@pytest.mark.parametrize("taken", [0, 1])
def test_a_model_that_is_replaced_before_or_after_it_is_loaded_is_noticed(
    tiny_model: Path,
    journal: Journal[Classification],
    progress: Progress,
    tmp_path: Path,
    taken: int,
) -> None:
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    weights = model / "model.safetensors"

    class Replacing:
        """Cases whose reading replaces the model at one of them."""

        def __iter__(self) -> Iterator[Case]:
            for number, case in enumerate(CASES[:3]):
                if number == taken:
                    shutil.copyfile(weights, model / "new")
                    (model / "new").replace(weights)
                yield case

    cases = SurveyedCases(cast("Cases", Replacing()), 3)
    with pytest.raises(ModelChanged, match="may be of two models and are dropped"):
        classified(cases, settings(model_path=model), journal, progress)
    assert len(list(journal)) == (0 if taken == 0 else 2)
