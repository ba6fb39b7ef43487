import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from evaluator.classifier.classify import classify
from evaluator.classifier.files import checkpoint_fingerprint
from evaluator.errors import ModelUnusable

from .loading import Copy, Loader, complaint, rewrite


def test_a_full_checkpoint_is_loaded_for_inference(load: Loader, tiny_model: Path) -> None:
    checkpoint = load(tiny_model)
    assert checkpoint.labels == ("cars", "cooking", "medicine")
    assert checkpoint.max_tokens == 64  # n_positions of the fixture
    assert not checkpoint.model.training
    assert checkpoint.model.dtype == torch.float32


def test_a_dtype_is_used_where_one_is_named(load: Loader, tiny_model: Path) -> None:
    assert load(tiny_model, dtype="bfloat16").model.dtype == torch.bfloat16


def test_a_model_reads_no_more_than_its_tokenizer_gives(
    load: Loader, tiny_model: Path, copy_of: Copy
) -> None:
    model = copy_of(tiny_model)
    rewrite(model / "tokenizer_config.json", model_max_length=16)
    assert load(model).max_tokens == 16


def test_a_roberta_with_fewer_usable_positions_than_it_has_reads_a_long_text(
    load: Loader, tmp_path: Path
) -> None:
    from transformers import (
        PreTrainedTokenizerFast,
        RobertaConfig,
        RobertaForSequenceClassification,
    )

    words = Tokenizer(models.WordLevel({"<s>": 0, "<pad>": 1, "<unk>": 2, "a": 3}, "<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    # RoBERTa counts positions from its padding index on: of 10 positions it can use 8.
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", unk_token="<unk>", model_max_length=8
    ).save_pretrained(tmp_path)
    config = RobertaConfig(
        vocab_size=4,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=10,
        num_labels=3,
    )
    RobertaForSequenceClassification(config).save_pretrained(tmp_path)
    (found,) = classify(load(tmp_path), ["a " * 30], batch_tokens=64)
    assert (found.tokens, found.truncated) == (8, True)


def test_a_language_model_without_a_classification_head_is_refused(
    load: Loader, language_model: Path
) -> None:
    said = complaint(load, language_model)
    assert said.endswith("is not a fine-tuned classifier: its weights lack score.weight.")


def test_a_wrong_number_of_labels_is_refused_with_the_labels(
    load: Loader, tiny_model: Path
) -> None:
    assert complaint(load, tiny_model, labels=("cars", "boats")) == (
        "the model has 3 classes for 2 labels: cars, boats."
    )


@pytest.mark.parametrize("kept", [0, 4, 5_000])
def test_a_half_downloaded_file_is_suspected(
    load: Loader, tiny_model: Path, copy_of: Copy, kept: int
) -> None:
    model = copy_of(tiny_model)
    weights = model / "model.safetensors"
    assert kept < weights.stat().st_size
    weights.write_bytes(weights.read_bytes()[:kept])
    assert complaint(load, model).endswith("is the download complete?")


def test_a_missing_part_of_the_weights_is_named(
    load: Loader, tiny_model: Path, copy_of: Copy
) -> None:
    from transformers import GPT2ForSequenceClassification

    model = copy_of(tiny_model)
    (model / "model.safetensors").unlink()
    GPT2ForSequenceClassification.from_pretrained(tiny_model).save_pretrained(
        model, max_shard_size="50KB"
    )
    parts = sorted(model.glob("model-*.safetensors"))
    assert len(parts) > 1
    parts[-1].unlink()
    assert f"{model} cannot be loaded" in complaint(load, model)


class Payload:
    """Unpickling this makes a file: what a hostile checkpoint could do."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


def test_pickled_weights_are_refused_and_not_opened(
    load: Loader, tiny_model: Path, copy_of: Copy, tmp_path: Path
) -> None:
    model = copy_of(tiny_model)
    (model / "model.safetensors").unlink()
    mark = tmp_path / "ran"
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Payload(mark)))
    assert "holds only pickled weights" in complaint(load, model)
    assert not mark.exists()
    with pytest.raises(ModelUnusable, match="only pickled weights"):
        checkpoint_fingerprint(model, None)


def test_code_for_a_known_kind_of_model_and_for_its_tokenizer_is_not_run(
    load: Loader, tiny_model: Path, copy_of: Copy, tmp_path: Path
) -> None:
    model = copy_of(tiny_model)
    mark = tmp_path / "ran"
    code = f"open({str(mark)!r}, 'w')\nclass A: ...\n"
    (model / "custom.py").write_text(code, "utf-8")
    classes = {"AutoModelForSequenceClassification": "custom.A", "AutoConfig": "custom.A"}
    rewrite(model / "config.json", auto_map=classes)
    rewrite(model / "tokenizer_config.json", auto_map={"AutoTokenizer": ["custom.A", "custom.A"]})
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Payload(mark)))
    assert load(model).labels == ("cars", "cooking", "medicine")
    assert not mark.exists()


def test_code_that_comes_with_a_model_is_not_run(
    load: Loader, tiny_model: Path, copy_of: Copy, tmp_path: Path
) -> None:
    model = copy_of(tiny_model)
    mark = tmp_path / "ran"
    (model / "custom.py").write_text(f"open({str(mark)!r}, 'w')\nclass Config: ...\n", "utf-8")
    rewrite(model / "config.json", model_type="its-own", auto_map={"AutoConfig": "custom.Config"})
    assert "cannot be loaded" in complaint(load, model)
    assert not mark.exists()


def test_what_is_no_model_directory_is_named(load: Loader, tmp_path: Path) -> None:
    assert "does not exist" in complaint(load, tmp_path / "nowhere")
    assert "has no config.json" in complaint(load, tmp_path)
    (tmp_path / "config.json").write_text("{}", "utf-8")
    assert "no .safetensors weights: is the download complete?" in complaint(load, tmp_path)


def test_a_config_that_transformers_does_not_know_is_refused(
    load: Loader, tiny_model: Path, copy_of: Copy
) -> None:
    model = copy_of(tiny_model)
    (model / "config.json").write_text('{"model_type": "nothing-known"}', "utf-8")
    assert f"{model} cannot be loaded: " in complaint(load, model)


@pytest.mark.parametrize(
    "settings",
    [{"n_head": 0}, {"layer_types": [1]}, {"dtype": ["x"]}, {"activation_function": "none"}],
)
def test_settings_that_cannot_be_are_one_sentence(
    load: Loader, tiny_model: Path, copy_of: Copy, settings: dict[str, Any]
) -> None:
    model = copy_of(tiny_model)
    rewrite(model / "config.json", **settings)
    assert f"{model} cannot be loaded: " in complaint(load, model)


@pytest.mark.parametrize("length", ["x", 0, -1, [1]])
def test_a_length_that_cannot_be_is_one_sentence(
    load: Loader, tiny_model: Path, copy_of: Copy, length: object
) -> None:
    model = copy_of(tiny_model)
    rewrite(model / "tokenizer_config.json", model_max_length=length)
    assert complaint(load, model).endswith("correct its model_max_length.")


def test_a_config_that_is_no_json_is_refused(load: Loader, tiny_model: Path, copy_of: Copy) -> None:
    model = copy_of(tiny_model)
    (model / "config.json").write_text("{", "utf-8")
    assert f"{model / 'config.json'} cannot be read: it is no JSON" in complaint(load, model)


def test_a_model_without_a_tokenizer_is_refused(
    load: Loader, tiny_model: Path, copy_of: Copy
) -> None:
    model = copy_of(tiny_model)
    (model / "tokenizer.json").unlink()
    assert f"{model} cannot be loaded: " in complaint(load, model)


def test_a_missing_padding_token_is_the_end_of_text(load: Loader, tiny_model: Path) -> None:
    from transformers import AutoTokenizer

    assert AutoTokenizer.from_pretrained(tiny_model).pad_token is None
    checkpoint = load(tiny_model)
    assert checkpoint.tokenizer.pad_token == "<|endoftext|>"
    assert checkpoint.model.config.pad_token_id == checkpoint.tokenizer.eos_token_id


def test_a_tokenizer_with_nothing_to_pad_with_is_refused(
    load: Loader, tiny_model: Path, copy_of: Copy
) -> None:
    from transformers import PreTrainedTokenizerFast

    model = copy_of(tiny_model)
    words = Tokenizer.from_file(str(model / "tokenizer.json"))
    for path in model.glob("*token*"):
        path.unlink()
    PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(model)
    assert "neither a padding nor an end-of-text token" in complaint(load, model)


def test_the_fingerprint_changes_with_all_that_decides_an_answer(
    make_model: Callable[..., Path], copy_of: Copy
) -> None:
    model = copy_of(make_model())
    prints = [checkpoint_fingerprint(model, None)]
    (model / "README.md").write_text("words about it", "utf-8")
    assert checkpoint_fingerprint(model, None) == prints[0]
    (model / "evaluator.json").write_text('{"prompt_template": "{{ text }}!"}', "utf-8")
    prints.append(checkpoint_fingerprint(model, None))
    rewrite(model / "tokenizer_config.json", model_max_length=16)
    prints.append(checkpoint_fingerprint(model, None))
    (model / "config.json").write_text("{}", "utf-8")
    prints.append(checkpoint_fingerprint(model, None))
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    prints.append(checkpoint_fingerprint(model, None))
    assert len(set(prints)) == len(prints)
