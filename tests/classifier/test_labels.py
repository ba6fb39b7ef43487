import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.classifier.labels import LONGEST_LIST, listed, model_labels
from evaluator.errors import ModelUnusable
from evaluator.judge.labels import read_labels
from evaluator.run.labelling import labels_of_model
from evaluator.run.settings import RunSettings

LABELS = ("cars", "cooking", "medicine")


def config(folder: Path, **content: Any) -> Path:
    (folder / "config.json").write_text(json.dumps(content), "utf-8")
    return folder


def complaint(model_dir: Path, given: list[str] | None = None) -> str:
    with pytest.raises(ModelUnusable) as caught:
        model_labels(model_dir, given)
    return str(caught.value)


def test_a_model_names_its_labels(tiny_model: Path) -> None:
    assert model_labels(tiny_model, None) == LABELS


def test_the_models_own_names_win_over_given_ones(tiny_model: Path) -> None:
    assert model_labels(tiny_model, ["x", "y", "z"]) == LABELS


def test_unnamed_labels_take_the_given_names_in_order(make_model: Callable[..., Path]) -> None:
    unnamed = make_model(named=False)
    assert model_labels(unnamed, ["medicine", "cars", "cooking"]) == ("medicine", "cars", "cooking")


@pytest.mark.parametrize("count", [2, 3])
def test_unnamed_labels_without_given_names_ask_for_them(
    make_model: Callable[..., Path], count: int
) -> None:
    # transformers leaves LABEL_0 and LABEL_1, but not LABEL_0 to LABEL_2, out of a config.
    unnamed = make_model(LABELS[:count], named=False)
    assert complaint(unnamed) == f"{unnamed} does not name its labels; name them with --labels."
    assert len(model_labels(unnamed, LABELS[:count])) == count


def test_unnamed_labels_take_the_corpus_names_where_they_are_as_many(
    make_model: Callable[..., Path],
) -> None:
    unnamed = make_model(named=False)
    assert model_labels(unnamed, None, ["a", "b", "c"]) == ("a", "b", "c")
    assert model_labels(unnamed, ["x", "y", "z"], ["a", "b", "c"]) == ("x", "y", "z")
    with pytest.raises(ModelUnusable, match="does not name its labels; name them with --labels"):
        model_labels(unnamed, None, ["a", "b"])


def test_the_models_own_names_win_over_those_of_the_corpus(tiny_model: Path) -> None:
    assert model_labels(tiny_model, None, ["a", "b", "c"]) == LABELS


def test_an_adapter_that_tells_no_number_of_classes_takes_no_corpus_names(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}", "utf-8")
    with pytest.raises(ModelUnusable, match="name them with --labels"):
        model_labels(tmp_path, None, ["a", "b"])


def test_a_wrong_number_of_given_names_is_counted_and_listed(
    make_model: Callable[..., Path],
) -> None:
    assert complaint(make_model(named=False), ["cars", "boats"]) == (
        "the model has 3 classes but --labels names 2: cars, boats."
    )


def test_labels_are_ordered_by_class_index_not_by_text(tmp_path: Path) -> None:
    names = {str(index): f"label {index}" for index in reversed(range(12))}
    found = model_labels(config(tmp_path, id2label=names), None)
    assert found == tuple(f"label {index}" for index in range(12))


def test_a_label_that_only_looks_unnamed_is_a_name(tmp_path: Path) -> None:
    found = model_labels(config(tmp_path, id2label={"0": "LABEL_1", "1": "LABEL_0"}), None)
    assert found == ("LABEL_1", "LABEL_0")


def test_an_adapter_without_a_config_takes_the_given_names(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}", "utf-8")
    assert model_labels(tmp_path, ["a", "b"]) == ("a", "b")
    assert "name them with --labels" in complaint(tmp_path)


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'} does not exist."
    assert "is not a model directory: it has no config.json" in complaint(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "null",
        '{"id2label": {"a": "b"}}',
        '{"num_labels": "many"}',
        "\xff",
        '{"id2label": [1, 2]}',
    ],
)
def test_a_broken_config_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_bytes(content.encode("latin-1"))
    assert f"{tmp_path / 'config.json'} cannot be read: " in complaint(tmp_path)


def test_more_classes_than_any_classifier_has_are_refused_at_once(tmp_path: Path) -> None:
    said = complaint(config(tmp_path, num_labels=2_000_000_000))
    assert said.endswith("tells of more than 100000 classes: fetch the model again.")


@pytest.mark.parametrize(
    "labels",
    [
        "labels: [{name: cars}, {name: cooking}, {name: boats}]",
        "labels: [{name: cars}, {name: cooking}]",
        "labels: [{name: cars}, {name: cooking}, {name: medicine}, {name: boats}]",
        # Two of the model's labels would be one, and "boats" none of them.
        "labels: [{name: cars}, {name: cooking, aliases: [medicine]}, {name: boats}]",
    ],
)
def test_a_mismatch_of_labels_shows_both_lists(
    tmp_path: Path, tiny_model: Path, labels: str
) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text(labels, "utf-8")
    settings = RunSettings(data=tmp_path / "cases.csv", model_path=tiny_model, labels=path)
    with pytest.raises(ModelUnusable) as caught:
        labels_of_model(settings)
    assert f"--labels has: {', '.join(read_labels(path).names)};" in str(caught.value)
    assert "the model has: cars, cooking, medicine." in str(caught.value)


def test_long_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    names = [str(number) for number in range(LONGEST_LIST + 2)]
    assert listed(names).endswith("28, 29 and 2 more")
