"""Data and model, as far as a run would use them."""

import json
from pathlib import Path

import pytest

from evaluator.errors import DataUnusable, ModelUnusable
from evaluator.run.doctor import material as module
from evaluator.run.doctor.material import Material
from evaluator.run.settings import DoctorSettings


def cases_file(folder: Path, *labels: str) -> Path:
    path = folder / "cases.jsonl"
    rows = [{"text": f"the engine {n}", "label": label} for n, label in enumerate(labels)]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


def material(**given: object) -> Material:
    return Material(DoctorSettings.model_validate(given))


def read_labels(found: Material) -> str:
    (step,) = found.label_steps
    return step.check().text


def test_labels_are_the_models(tiny_model: Path) -> None:
    found = material(model_path=tiny_model)
    assert read_labels(found) == "3 labels of the model: cars, cooking, medicine"
    assert found.names == ("cars", "cooking", "medicine")


def test_without_a_model_they_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("cars\nships\n", "utf-8")
    assert read_labels(material(labels=path)) == f"2 labels in {path}"
    assert read_labels(material()) == "no model was named with --model-path"


def test_data_tell_their_number_and_the_first_case(tmp_path: Path, tiny_model: Path) -> None:
    data = cases_file(tmp_path, "cars", "cooking")
    found = material(model_path=tiny_model, data=data)
    read_labels(found)
    (step,) = found.data_steps
    assert step.check().text == (
        f"2 cases in {data}, whose labels are all known; the first is “row-1”, cars: “the engine 0”"
    )


def test_a_label_that_the_model_does_not_know_is_named(tmp_path: Path, tiny_model: Path) -> None:
    found = material(model_path=tiny_model, data=cases_file(tmp_path, "cars", "ships"))
    read_labels(found)
    with pytest.raises(DataUnusable, match="does not know these gold labels: ships"):
        found.data_steps[0].check()


def test_data_without_any_labels_are_read_all_the_same(tmp_path: Path) -> None:
    data = cases_file(tmp_path, "cars", "ships", "anything")
    assert (
        material(data=data).data_steps[0].check().text.startswith(f"3 cases in {data}; the first")
    )


def test_the_default_data_set_is_only_fetched_for_a_model() -> None:
    assert material().data_steps[0].check().state == "skipped"


def test_reading_ends_in_time_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READING_SECONDS", -1.0)
    found = material(data=cases_file(tmp_path, "cars")).data_steps[0].check()
    assert found.state == "warning"
    assert found.text.startswith("0 cases in ")
    assert "the rest was not read" in found.text


def test_the_classifier_is_loaded_and_classifies_the_first_case(
    tmp_path: Path, tiny_model: Path
) -> None:
    found = material(model_path=tiny_model, data=cases_file(tmp_path, "cars"), device="cpu")
    read_labels(found)
    found.data_steps[0].check()
    told = found.model_steps[0].check()
    assert told.state == "ok"
    assert told.text.startswith("a full checkpoint with 3 labels on cpu, loaded in ")
    assert "; takes the first case for " in told.text


def test_a_device_that_is_not_there_is_a_warning(tiny_model: Path) -> None:
    import torch

    if torch.backends.mps.is_available():
        pytest.skip("this machine has the device")
    found = material(model_path=tiny_model, device="mps")
    read_labels(found)
    told = found.model_steps[0].check()
    assert told.state == "warning"
    assert told.advice == "this machine has no 'mps': leave out --device."
    assert "; takes a greeting for " in told.text


def test_a_model_without_weights_says_so(tmp_path: Path, tiny_model: Path) -> None:
    config = tmp_path / "config.json"
    config.write_bytes((tiny_model / "config.json").read_bytes())
    found = material(model_path=tmp_path)
    read_labels(found)
    with pytest.raises(ModelUnusable, match=r"holds no \.safetensors weights"):
        found.model_steps[0].check()
