import json
import logging
from pathlib import Path
from typing import Any

import pytest

from evaluator.classifier.recorded import RecordedPredictions
from evaluator.errors import DataUnusable, ModelUnusable
from evaluator.judge.labels import LabelSet
from evaluator.run.labelling import (
    LONGEST_LABEL,
    MOST_LABELS,
    labels_of_model,
    labels_of_predictions,
)
from evaluator.run.settings import JudgeSettings, RunSettings

GLOSSARY = "labels: [{name: rec.autos, plain: cars, aliases: [auto]}, {name: med, plain: medicine}]"


def model_labels_of(
    folder: Path, names: list[str] | None, glossary: str | None = None
) -> tuple[tuple[str, ...], LabelSet]:
    """The labels of a model that names these ones, or none."""
    config: dict[str, Any] = {"num_labels": 2}
    if names is not None:
        config["id2label"] = {str(index): name for index, name in enumerate(names)}
    (folder / "config.json").write_text(json.dumps(config))
    settings: dict[str, Any] = {"data": "d.csv", "model_path": folder}
    if glossary is not None:
        settings["labels"] = folder / "labels.yaml"
        settings["labels"].write_text(glossary)
    return labels_of_model(RunSettings.model_validate(settings))


def newsgroups_labels_of(folder: Path, names: list[str]) -> tuple[tuple[str, ...], LabelSet]:
    """The labels of a model of 20 Newsgroups that names these ones."""
    config = {"id2label": {str(index): name for index, name in enumerate(names)}}
    (folder / "config.json").write_text(json.dumps(config))
    return labels_of_model(RunSettings(model_path=folder))


def prediction_labels(
    folder: Path, rows: list[tuple[str, str]], labels: str | None = None
) -> LabelSet:
    path = folder / "predictions.jsonl"
    with path.open("w") as lines:
        for predicted, gold in rows:
            lines.write(json.dumps({"predicted": predicted, "gold": gold}) + "\n")
    settings: dict[str, Any] = {"predictions": path}
    if labels is not None:
        settings["labels"] = folder / "labels.txt"
        settings["labels"].write_text(labels)
    return labels_of_predictions(RecordedPredictions(path), JudgeSettings.model_validate(settings))


def test_a_model_that_names_its_labels_is_enough(tmp_path: Path) -> None:
    names, labels = model_labels_of(tmp_path, ["cars", "medicine"])
    assert names == labels.names == ("cars", "medicine")


def test_a_glossary_says_how_the_judge_reads_the_models_names(tmp_path: Path) -> None:
    names, labels = model_labels_of(tmp_path, ["med", "Auto"], GLOSSARY)
    assert names == ("med", "Auto")  # by class index
    assert labels.names == ("rec.autos", "med")
    resolved = labels.resolve("Auto")
    assert resolved is not None and resolved.plain == "cars"


def test_a_glossary_names_the_classes_of_a_model_that_does_not(tmp_path: Path) -> None:
    names, labels = model_labels_of(tmp_path, None, GLOSSARY)
    assert names == labels.names == ("rec.autos", "med")
    with pytest.raises(ModelUnusable, match="name them with --labels"):
        model_labels_of(tmp_path, None)


@pytest.mark.parametrize(
    "names",
    [
        ["med", "law"],
        ["med", "rec.autos", "law"],
        ["med", "medicine"],
        ["med"],
        ["rec.autos", "auto", "med"],
    ],
)
def test_a_glossary_that_disagrees_with_the_model_shows_both(
    tmp_path: Path, names: list[str]
) -> None:
    with pytest.raises(ModelUnusable) as caught:
        model_labels_of(tmp_path, names, GLOSSARY)
    assert str(caught.value) == (
        "--labels and the model disagree; --labels has: rec.autos, med; "
        f"the model has: {', '.join(names)}."
    )


def test_classes_without_names_are_the_newsgroups_in_scikit_learns_order(tmp_path: Path) -> None:
    names, labels = newsgroups_labels_of(tmp_path, [f"LABEL_{index}" for index in range(20)])
    assert names == labels.names == tuple(sorted(labels.names))
    assert (names[0], names[10], names[19]) == (
        "alt.atheism",
        "rec.sport.hockey",
        "talk.religion.misc",
    )
    assert labels["rec.sport.hockey"].plain == "ice hockey"


def test_a_model_that_names_the_newsgroups_is_judged_by_their_plain_names(tmp_path: Path) -> None:
    _, glossary = newsgroups_labels_of(tmp_path, [f"LABEL_{index}" for index in range(20)])
    backwards = list(reversed(glossary.names))
    names, labels = newsgroups_labels_of(tmp_path, backwards)
    assert names == tuple(backwards)  # by class index
    assert list(labels) == list(glossary)
    aliases = [label.plain.upper() for label in glossary]
    assert list(newsgroups_labels_of(tmp_path, aliases)[1]) == list(glossary)


def test_a_model_of_other_classes_is_not_given_the_newsgroups_names(tmp_path: Path) -> None:
    names, labels = newsgroups_labels_of(tmp_path, ["rec.autos", "sci.med"])
    assert names == labels.names == ("rec.autos", "sci.med")
    assert labels["rec.autos"].plain == "rec.autos"
    with pytest.raises(ModelUnusable, match="name them with --labels"):
        newsgroups_labels_of(tmp_path, [f"LABEL_{index}" for index in range(19)])


def test_gold_labels_are_collected_from_predictions(tmp_path: Path) -> None:
    rows = [("trams", "Cars"), ("cars", "medicine"), ("", "Trams "), ("CARS", "cars.")]
    labels = prediction_labels(tmp_path, rows)
    assert labels.names == ("Cars", "medicine", "Trams")  # as they are spelled first


def test_a_label_file_wins_over_the_predictions(tmp_path: Path) -> None:
    assert prediction_labels(tmp_path, [("a", "b")], "cars\ntrams\n").names == ("cars", "trams")


def test_the_labels_of_a_matrix_stand_in_for_a_label_file(tmp_path: Path) -> None:
    lock = {
        "backend": "embedded",
        "model": "m",
        "digest": "sha256:0",
        "server_version": "1",
        "options": [],
        "rubric": "category-relevance",
        "prompt_hash": "0",
    }
    labels = [{"name": "rec.autos", "plain": "cars"}, {"name": "med", "plain": "medicine"}]
    matrix = tmp_path / "matrix.json"
    matrix.write_text(json.dumps({"lock": lock, "labels": labels, "cells": []}))
    settings = JudgeSettings(predictions=tmp_path / "none.csv", matrix=matrix)
    found = labels_of_predictions(RecordedPredictions(settings.predictions), settings)
    assert [(label.name, label.plain) for label in found] == [
        ("rec.autos", "cars"),
        ("med", "medicine"),
    ]


def test_predictions_that_are_nobodys_gold_label_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        prediction_labels(tmp_path, [("CARS", "cars"), ("cars", "trams")])
        assert caplog.records == []
        rows = [("banana", "cars"), ("Apple", "cars"), ("cars", "trams")]
        assert prediction_labels(tmp_path, rows).names == ("cars", "trams")
    (record,) = caplog.records
    assert "so they are read as free text: Apple, banana; name the labels" in record.getMessage()


def test_gold_labels_are_never_free_text(tmp_path: Path) -> None:
    for gold in (["x" * (LONGEST_LABEL + 1)], [f"label {n}" for n in range(MOST_LABELS + 1)]):
        with pytest.raises(DataUnusable, match="makes the gold labels look like free text"):
            prediction_labels(tmp_path, [("a", one) for one in gold])
