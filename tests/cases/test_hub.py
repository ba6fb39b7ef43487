"""Datasets in the hub's own layout, in local folders: nothing is downloaded."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, Image, Value

from evaluator.cases import Case
from evaluator.cases.hub import HubCases
from evaluator.errors import DataUnusable

Maker = Callable[..., str]

CLASSES = Features({"text": Value("string"), "label": ClassLabel(names=["cars", "food"])})


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Write splits of a dataset and return its name."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "dataset"
    folder.mkdir()

    def make(*, features: Features | None = None, **splits: Mapping[str, Sequence[Any]]) -> str:
        for split, columns in splits.items():
            table = Dataset.from_dict(dict(columns), features=features)
            table.to_parquet(folder / f"{split}.parquet")
        return str(folder)

    return make


def complaint(name: str, **columns: str) -> str:
    with pytest.raises(DataUnusable) as caught:
        list(HubCases(name, **columns))
    return str(caught.value)


def test_class_numbers_become_the_datasets_own_names(dataset: Maker) -> None:
    name = dataset(test={"text": ["a", "b"], "label": [1, 0]}, features=CLASSES)
    expected = [Case("row-1", "a", "food"), Case("row-2", "b", "cars")]
    source = HubCases(name)
    assert list(source) == expected
    assert list(source) == expected  # iterating twice gives the same


def test_a_split_is_named_after_the_dataset(dataset: Maker) -> None:
    name = dataset(train={"text": ["a"], "label": ["x"]}, test={"text": ["b"], "label": ["y"]})
    assert [case.text for case in HubCases(f"{name}:train")] == ["a"]
    assert [case.text for case in HubCases(name)] == ["b"]
    assert complaint(f"{name}:other") == (
        f"hf:{name}:other cannot be loaded: "
        "Unknown split \"other\". Should be one of ['train', 'test']."
    )


def test_columns_are_found_as_in_a_file(dataset: Maker) -> None:
    name = dataset(test={"uid": [7], "body": ["a"], "topic": [" x "], "label": ["y"]})
    assert list(HubCases(name, gold="topic")) == [Case("7", "a", "x")]
    assert "did you mean 'topic'" in complaint(name, gold="topics")


def test_numbers_without_names_are_labels_as_they_are(dataset: Maker) -> None:
    name = dataset(test={"text": ["a", None], "label": [0, 3]})
    assert [(case.text, case.gold) for case in HubCases(name)] == [("a", "0"), ("", "3")]


@pytest.mark.parametrize(
    ("features", "labels"),
    [(CLASSES, [0, -1]), (CLASSES, [0, None]), (None, ["x", None]), (None, ["x", "  "])],
)
def test_a_record_without_a_gold_label_is_numbered(
    dataset: Maker, features: Features | None, labels: list[Any]
) -> None:
    # The hub's datasets mark unlabelled records of a class column with -1.
    name = dataset(test={"text": ["a", "b"], "label": labels}, features=features)
    assert complaint(name) == f"hf:{name} record 2 has no gold label."


def test_a_dataset_without_records_is_refused(dataset: Maker) -> None:
    name = dataset(test={"text": [], "label": []}, features=CLASSES)
    assert (
        complaint(name) == f'hf:{name} cannot be loaded: Instruction "test" corresponds to no data.'
    )


def test_a_dataset_that_is_not_there_is_named(tmp_path: Path) -> None:
    name = str(tmp_path / "nowhere")
    assert complaint(name).startswith(f"hf:{name} cannot be loaded: ")


def test_a_broken_record_is_refused_with_its_reason(dataset: Maker) -> None:
    name = dataset()
    Path(name, "test.jsonl").write_text('{"text": "a", "label": "x"}\n{"text": "b"', "utf-8")
    assert complaint(name).startswith(f"hf:{name} cannot be loaded: JSON parse error: ")


def test_a_dataset_that_needs_code_is_refused(dataset: Maker, tmp_path: Path) -> None:
    name, mark = dataset(), tmp_path / "ran"
    Path(name, "dataset.py").write_text(f"open({str(mark)!r}, 'w')\n", "utf-8")
    assert "cannot be loaded" in complaint(name)
    assert not mark.exists()


def test_the_fingerprint_changes_with_a_label(dataset: Maker) -> None:
    one = HubCases(dataset(test={"text": ["a"], "label": ["x"]})).fingerprint
    same = HubCases(dataset(test={"text": ["a"], "label": ["x"]})).fingerprint
    other = HubCases(dataset(test={"text": ["a"], "label": ["y"]})).fingerprint
    assert one == same != other


def test_a_dataset_is_loaded_once_however_often_it_is_read(dataset: Maker) -> None:
    name = dataset(test={"text": ["a"], "label": ["x"]})
    source = HubCases(name)
    before = list(source)
    dataset(test={"text": ["b"], "label": ["x"]})
    assert list(source) == before
    assert [case.text for case in HubCases(name)] == ["b"]


def test_pictures_beside_the_texts_are_not_unpacked(dataset: Maker) -> None:
    name = dataset()
    columns = {"text": ["a"], "label": ["x"], "picture": [b"none that could be unpacked"]}
    table = Dataset.from_dict(columns).cast_column("picture", Image())
    table.to_parquet(f"{name}/test.parquet")
    assert list(HubCases(name)) == [Case("row-1", "a", "x")]
