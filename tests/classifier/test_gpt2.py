from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2ForSequenceClassification

from evaluator.classifier import gpt2
from evaluator.classifier.checkpoint import Checkpoint
from evaluator.classifier.gpt2 import LastTokenGpt2, is_plain_gpt2

Loader = Callable[..., Checkpoint]

PAD = 0
LENGTHS = (1, 5, 128, 265)


def small_gpt2(**settings: Any) -> GPT2ForSequenceClassification:
    torch.manual_seed(4)
    config = GPT2Config(
        vocab_size=90,
        n_positions=max(LENGTHS),
        n_embd=32,
        n_layer=3,
        n_head=4,
        num_labels=5,
        pad_token_id=PAD,
        bos_token_id=PAD,
        eos_token_id=PAD,
        **settings,
    )
    model = GPT2ForSequenceClassification(config).eval()
    for parameter in model.parameters():  # biases and norms too: none is at its start
        parameter.data += 0.2 * torch.randn_like(parameter)
    return model


def padded_texts() -> dict[str, torch.Tensor]:
    torch.manual_seed(5)
    ids = torch.full((len(LENGTHS), max(LENGTHS)), PAD)
    for row, length in zip(ids, LENGTHS, strict=True):
        row[:length] = torch.randint(1, 90, (length,))
    return {"input_ids": ids, "attention_mask": (ids != PAD).long()}


def logits(model: Any, texts: dict[str, torch.Tensor]) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = model(**texts).logits
    return found


@pytest.mark.parametrize("kernels", [True, False], ids=["oneDNN", "plain kernels"])
@pytest.mark.parametrize("activation", ["gelu_new", "gelu_pytorch_tanh"])
def test_logits_are_those_of_transformers_in_float32(
    activation: str, kernels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small_gpt2(activation_function=activation)
    texts = padded_texts()
    expected = logits(model, texts)
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", kernels)
    found = logits(LastTokenGpt2(model, torch.float32), texts)
    assert expected.std() > 1
    # float32 sums in another order, through three layers: far below 1e-3 of logits of about 10.
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_logits_in_bfloat16_err_less_than_those_of_transformers_do() -> None:
    texts = padded_texts()
    exact = logits(small_gpt2(), texts)
    theirs = (logits(small_gpt2().bfloat16(), texts).float() - exact).abs().mean()
    ours = (logits(LastTokenGpt2(small_gpt2(), torch.bfloat16), texts) - exact).abs().mean()
    assert 0 < ours < theirs


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("border", [0.0, float("inf")], ids=["sure", "read again"])
def test_logits_of_a_text_do_not_depend_on_what_it_is_read_with(
    dtype: torch.dtype, border: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpt2, "NEAR_A_BORDER", border)
    model = LastTokenGpt2(small_gpt2(), dtype)
    texts = padded_texts()
    together = logits(model, texts)
    for some in ([0], [3], [2, 1], [3, 0, 2], [1, 1, 2, 3, 3, 0]):
        longest = max(LENGTHS[text] for text in some)
        part = {name: values[some, :longest] for name, values in texts.items()}
        assert torch.equal(logits(model, part), together[some])


def test_a_text_near_the_border_of_two_classes_is_read_again_in_float32(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(7)
    texts = {"input_ids": torch.randint(1, 90, (600, 12))}
    expected = logits(small_gpt2(), texts).argmax(dim=1)
    model = LastTokenGpt2(small_gpt2(), torch.bfloat16)
    assert logits(model, texts).argmax(dim=1).equal(expected)
    monkeypatch.setattr(gpt2, "NEAR_A_BORDER", 0)
    assert not logits(model, texts).argmax(dim=1).equal(expected)


def test_a_text_ends_where_transformers_ends_it() -> None:
    # Padding tokens within a text, at its end, and nothing but padding.
    ids = torch.tensor([[7, PAD, 9, 3], [7, 8, PAD, PAD], [PAD, PAD, PAD, PAD]])
    model = small_gpt2()
    expected = logits(model, {"input_ids": ids})
    found = logits(LastTokenGpt2(model, torch.float32), {"input_ids": ids})
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    "settings",
    [
        {"activation_function": "relu"},
        {"scale_attn_weights": False},
        {"scale_attn_by_inverse_layer_idx": True},
        {"add_cross_attention": True},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_gpt2_that_computes_otherwise_is_left_to_transformers(settings: dict[str, Any]) -> None:
    assert is_plain_gpt2(small_gpt2())
    assert not is_plain_gpt2(small_gpt2(**settings))


def test_a_gpt2_with_foreign_layers_is_left_to_transformers() -> None:
    model = small_gpt2()
    model.transformer.h[1].mlp.c_fc = torch.nn.Linear(32, 128)
    assert not is_plain_gpt2(model)


def test_a_checkpoint_is_computed_so_on_a_cpu(load: Loader, decided_model: Path) -> None:
    assert isinstance(load(decided_model).model, LastTokenGpt2)


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_an_adapter_is_computed_so_with_its_own_logits(
    load: Loader, adapter: tuple[Path, Path], tmp_path: Path
) -> None:
    from peft import PeftModel

    folder = tmp_path / "adapter"
    folder.mkdir()
    for path in adapter[0].iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    weights = load_file(folder / "adapter_model.safetensors")
    torch.manual_seed(6)
    trained = {
        name: torch.randn_like(value) if "lora_B" in name else value
        for name, value in weights.items()
    }
    save_file(trained, folder / "adapter_model.safetensors", {"format": "pt"})

    found = load(folder)
    base = GPT2ForSequenceClassification.from_pretrained(adapter[1], num_labels=3)
    base.config.pad_token_id = found.model.config.pad_token_id
    unadapted = deepcopy(base).eval()
    texts = {"input_ids": torch.randint(1, 300, (3, 40))}
    expected = logits(PeftModel.from_pretrained(base, str(folder)).eval(), texts)
    assert isinstance(found.model, LastTokenGpt2)
    torch.testing.assert_close(logits(found.model, texts), expected, atol=1e-3, rtol=0)
    assert (logits(unadapted, texts) - expected).abs().max() > 0.1
