"""Small real checkpoints that the classifier's tests share."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluator.classifier.checkpoint import Checkpoint, load_checkpoint

LABELS = ("cars", "cooking", "medicine")

Loader = Callable[..., Checkpoint]
AdapterSaver = Callable[..., Path]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small are slower on more threads, most of all on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def load() -> Loader:
    """`load_checkpoint` on the CPU with the usual labels."""

    def loaded(model_dir: Path, **settings: Any) -> Checkpoint:
        usual = {"base_model": None, "labels": LABELS, "device": "cpu", "dtype": "auto"}
        return load_checkpoint(model_dir, **{**usual, **settings})

    return loaded


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Copy a checkpoint, so that a test can break it."""
    return lambda folder: Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.fixture(scope="session")
def decided_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny classifier with a head large enough that different texts get different labels."""
    from transformers import AutoTokenizer, GPT2ForSequenceClassification

    folder = tmp_path_factory.mktemp("decided")
    model = GPT2ForSequenceClassification.from_pretrained(tiny_model)
    model.score.weight.data *= 40
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def adapter(
    language_model: Path, save_adapter: AdapterSaver, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A LoRA adapter of `language_model`, and the full checkpoint that both make together."""
    import torch
    from transformers import AutoTokenizer, GPT2ForSequenceClassification

    torch.manual_seed(2)
    foundation = GPT2ForSequenceClassification.from_pretrained(language_model, num_labels=3)
    foundation.score.weight.data *= 40
    whole = tmp_path_factory.mktemp("whole")
    foundation.save_pretrained(whole)
    AutoTokenizer.from_pretrained(language_model).save_pretrained(whole)
    folder = tmp_path_factory.mktemp("adapter")
    lora = {"target_modules": ["c_attn"], "fan_in_fan_out": True}
    return save_adapter(foundation, folder, task_type="SEQ_CLS", **lora), whole
