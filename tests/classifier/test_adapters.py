import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from .loading import TEXTS, Copy, Loader, answers, complaint, rewrite

AdapterSaver = Callable[..., Path]


def test_an_adapter_answers_as_the_full_checkpoint_it_stands_for(
    load: Loader, adapter: tuple[Path, Path]
) -> None:
    # The adapter's matrices were trained no step: B = 0, so it adds nothing to its base.
    small, whole = adapter
    assert not (small / "config.json").exists()
    expected = answers(load(whole))
    found = answers(load(small))
    assert [label for label, _ in found] == [label for label, _ in expected]
    assert [p for _, p in found] == pytest.approx([p for _, p in expected])
    assert len({round(p, 3) for _, p in expected}) == len(TEXTS)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("AdaLoraConfig", {"total_step": 10, "init_r": 4, "target_r": 2}),
        ("IA3Config", {"feedforward_modules": ["v_lin"]}),
        ("LoHaConfig", {"r": 2}),
        ("LoKrConfig", {"r": 2}),
        ("LoraConfig", {"r": 2, "use_dora": True}),
    ],
)
def test_every_kind_of_adapter_that_is_allowed_is_laid_over_its_base(
    load: Loader, tiny_model: Path, tmp_path: Path, kind: str, settings: dict[str, Any]
) -> None:
    import peft
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertForSequenceClassification

    base, small = tmp_path / "base", tmp_path / "adapter"
    words = AutoTokenizer.from_pretrained(tiny_model)
    words.save_pretrained(base)
    config = DistilBertConfig(
        vocab_size=len(words),
        dim=8,
        n_layers=1,
        n_heads=1,
        hidden_dim=8,
        num_labels=3,
        initializer_range=0.5,
    )
    torch.manual_seed(1)
    foundation = DistilBertForSequenceClassification(config).eval()
    foundation.save_pretrained(base)
    tokens = torch.tensor([[1, 2, 3]])
    alone = foundation(tokens).logits.detach()
    said = getattr(peft, kind)(target_modules=["q_lin", "v_lin"], task_type="SEQ_CLS", **settings)
    changed = peft.get_peft_model(foundation, said).eval()
    for name, weights in changed.named_parameters():  # untrained, they would change nothing
        if any(part in name for part in ("lora_", "hada_", "lokr_", "ia3_")):
            torch.nn.init.normal_(weights, std=0.7)
    expected = changed(tokens).logits.detach()
    changed.save_pretrained(small)
    found = load(small, base_model=str(base)).model(tokens).logits.detach()
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(found, alone, atol=1e-5)


def test_an_adapter_that_was_trained_in_four_bits_needs_no_bitsandbytes(
    load: Loader,
    adapter: tuple[Path, Path],
    copy_of: Copy,
    four_bits: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from transformers import GPT2Config

    monkeypatch.setitem(sys.modules, "bitsandbytes", None)  # not installed, whatever is
    small = copy_of(adapter[0])
    trained = GPT2Config.from_pretrained(adapter[1])
    trained.id2label = {index: f"LABEL_{index}" for index in range(3)}
    trained.save_pretrained(small)
    rewrite(small / "config.json", quantization_config=four_bits)
    checkpoint = load(small)
    assert checkpoint.model.dtype == torch.float32
    assert answers(checkpoint) == answers(load(adapter[0]))


def test_an_adapter_whose_base_moved_asks_for_it(
    load: Loader, adapter: tuple[Path, Path], copy_of: Copy, language_model: Path, tmp_path: Path
) -> None:
    small = copy_of(adapter[0])
    gone = str(tmp_path / "gone")
    rewrite(small / "adapter_config.json", base_model_name_or_path=gone)
    said = complaint(load, small)
    assert f"base model '{gone}' could not be found" in said
    assert "--base-model PATH" in said
    assert len(answers(load(small, base_model=str(language_model)))) == len(TEXTS)


def test_an_adapter_that_names_no_base_asks_for_it(
    load: Loader, adapter: tuple[Path, Path], copy_of: Copy
) -> None:
    small = copy_of(adapter[0])
    rewrite(small / "adapter_config.json", base_model_name_or_path=None)
    assert "does not name its base model; pass --base-model" in complaint(load, small)


def test_an_adapter_without_a_trained_head_is_refused(
    load: Loader, save_adapter: AdapterSaver, language_model: Path, tmp_path: Path
) -> None:
    from transformers import GPT2ForSequenceClassification

    foundation = GPT2ForSequenceClassification.from_pretrained(language_model, num_labels=3)
    save_adapter(foundation, tmp_path, target_modules=["c_attn"], fan_in_fan_out=True)
    said = complaint(load, tmp_path)
    assert "was not trained as a classifier" in said
    assert "score.weight" in said


def test_a_head_is_not_taken_for_one_whose_name_ends_alike(
    load: Loader, save_adapter: AdapterSaver, tmp_path: Path
) -> None:
    from transformers import DistilBertConfig, DistilBertForSequenceClassification, DistilBertModel

    base, small = tmp_path / "base", tmp_path / "adapter"
    config = DistilBertConfig(vocab_size=9, dim=8, n_layers=1, n_heads=1, hidden_dim=8)
    DistilBertModel(config).save_pretrained(base)
    foundation = DistilBertForSequenceClassification.from_pretrained(base, num_labels=3)
    # `pre_classifier` was trained, `classifier` was not.
    save_adapter(foundation, small, target_modules=["q_lin"], modules_to_save=["pre_classifier"])
    assert "classifier.bias" in complaint(load, small)


def test_an_adapter_with_another_number_of_classes_shows_both_sizes(
    load: Loader, adapter: tuple[Path, Path]
) -> None:
    said = complaint(load, adapter[0], labels=("a", "b", "c", "d"))
    assert "[3, 32]" in said
    assert "[4, 32]" in said
    assert "\n" not in said
