"""Loading the model under test: a full checkpoint or a PEFT adapter on its base model."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from evaluator.classifier.base_model import base_directory
from evaluator.classifier.capacity import as_large_as_its_weights
from evaluator.classifier.files import base_of, is_adapter, require_safetensors
from evaluator.classifier.hardware import numeric_type, usable_device
from evaluator.classifier.labels import listed
from evaluator.classifier.loading_faults import loading_faults
from evaluator.classifier.module_search import require_short_searches
from evaluator.errors import EvaluatorError, ModelUnusable

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A classifier in memory.

    Attributes:
        model: The transformers model, or one called like it, in evaluation mode on its device.
        tokenizer: Its tokenizer, padding on the right.
        labels: Label names by class index.
        max_tokens: The longest input the model reads, in tokens.
    """

    model: Any
    tokenizer: Any
    labels: tuple[str, ...]
    max_tokens: int


def load_checkpoint(
    model_dir: Path,
    *,
    base_model: str | None,
    labels: Sequence[str],
    device: str,
    dtype: str,
) -> Checkpoint:
    """Load a sequence classifier from safetensors, never running code that comes with it.

    Args:
        model_dir: A full checkpoint or an adapter with its tokenizer.
        base_model: Path or hub name of an adapter's base model, overriding the adapter's own.
        labels: Label names by class index, as `model_labels` gives them.
        device: `auto`, `cpu`, `cuda` or `mps`; one that is absent falls back to the CPU.
        dtype: `auto`, `float32`, `bfloat16` or `float16`.

    Raises:
        ModelUnusable: The files are missing, broken, unsafe or not a classifier, or the number
            of labels differs from the model's.
    """
    require_safetensors(model_dir)
    _require_packages()
    with _clear_errors(model_dir):
        if is_adapter(model_dir):
            model, tokenizer_dir = _load_adapter(model_dir, base_model, len(labels))
        else:
            model, tokenizer_dir = _load_full(model_dir), model_dir
        tokenizer = _load_tokenizer(model_dir, tokenizer_dir)
    if model.config.num_labels != len(labels):
        raise ModelUnusable(
            f"the model has {model.config.num_labels} classes for {len(labels)} labels: "
            f"{listed(labels)}."
        )
    _set_padding(model, tokenizer)
    target = usable_device(device)
    model = _placed(model, target, numeric_type(dtype, target, model.config))
    return Checkpoint(model, tokenizer, tuple(labels), _max_tokens(model, tokenizer))


def _max_tokens(model: Any, tokenizer: Any) -> int:
    positions = getattr(model.config, "max_position_embeddings", None) or 1024
    try:
        longest = int(min(positions, tokenizer.model_max_length))  # RoBERTa reads fewer than it has
    except (TypeError, ValueError, OverflowError):
        longest = 0
    if longest < 1:
        raise ModelUnusable(
            "tokenizer_config.json says of no length that the model reads: correct its "
            "model_max_length."
        )
    return longest


def _placed(model: Any, device: str, dtype: Any) -> Any:
    """Return a model that computes on a device in a type, with the shortest way to its answers."""
    from evaluator.classifier.gpt2 import LastTokenGpt2, is_plain_gpt2

    if device == "cpu" and is_plain_gpt2(model):
        return LastTokenGpt2(model, dtype)
    model.config.use_cache = False  # nothing is generated
    return model.to(device=device, dtype=dtype).eval()


def _require_packages() -> None:
    for package in ("torch", "transformers", "safetensors"):
        try:
            import_module(package)
        except ImportError as error:
            raise ModelUnusable(
                f"running the model under test needs {package}: "
                "pip install 'llm-judge-evaluator[classifier]'."
            ) from error


@contextmanager
def _clear_errors(model_dir: Path) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except EvaluatorError:
        raise
    except SafetensorError as error:
        raise ModelUnusable(
            f"the weights in {model_dir} cannot be read ({error}): is the download complete?"
        ) from error
    except loading_faults() as error:
        reason = " ".join(str(error).split())[:LONGEST_REASON] or repr(error)
        raise ModelUnusable(f"{model_dir} cannot be loaded: {reason.rstrip('.')}.") from error


def _load_full(model_dir: Path) -> Any:
    model, missing = _from_pretrained(model_dir)
    if missing:
        raise ModelUnusable(
            f"{model_dir} is not a fine-tuned classifier: its weights lack "
            f"{', '.join(missing[:3])}."
        )
    return model


def _from_pretrained(model_dir: Path, **settings: Any) -> tuple[Any, list[str]]:
    from transformers import AutoModelForSequenceClassification
    from transformers import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    with as_large_as_its_weights([model_dir]):
        model, report = AutoModelForSequenceClassification.from_pretrained(
            str(model_dir),
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **settings,
        )
    return model, sorted(report["missing_keys"])


def _load_adapter(model_dir: Path, base_model: str | None, label_count: int) -> tuple[Any, Path]:
    try:
        from peft import PeftModel
    except ImportError:
        raise ModelUnusable(
            "a PEFT adapter needs peft: pip install 'llm-judge-evaluator[classifier]'."
        ) from None
    base = base_directory(base_of(model_dir, base_model))
    foundation, untrained = _from_pretrained(base, num_labels=label_count)
    _require_trained(model_dir, untrained)
    require_short_searches(model_dir, (name for name, _ in foundation.named_modules()))
    with warnings.catch_warnings():  # between peft and transformers, of no use to a user
        warnings.simplefilter("ignore", FutureWarning)
        with as_large_as_its_weights([base, model_dir]):
            adapted = PeftModel.from_pretrained(foundation, str(model_dir))
    return _merged(adapted), base


def _merged(adapted: Any) -> Any:
    """Add LoRA matrices to the weights they adapt, unless that would round them to 16 bits."""
    import torch

    if adapted.active_peft_config.peft_type != "LORA" or adapted.dtype != torch.float32:
        return adapted
    return adapted.merge_and_unload()


def _require_trained(adapter_dir: Path, untrained: Sequence[str]) -> None:
    """Refuse an adapter that leaves the base model's new classification head random."""
    from safetensors import safe_open

    trained: list[str] = []
    for path in adapter_dir.glob("*.safetensors"):
        with safe_open(path, framework="pt") as weights:
            trained += weights.keys()
    for parameter in untrained:
        module = parameter.rpartition(".")[0]
        if not any(f".{module}." in name for name in trained):
            raise ModelUnusable(
                f"{adapter_dir} was not trained as a classifier: neither it nor its base model "
                f"holds {parameter}."
            )


def _load_tokenizer(model_dir: Path, fallback: Path) -> Any:
    from transformers import AutoTokenizer

    own = any((model_dir / name).is_file() for name in ("tokenizer.json", "vocab.json"))
    return AutoTokenizer.from_pretrained(
        str(model_dir if own else fallback),
        trust_remote_code=False,
        local_files_only=True,
        padding_side="right",
        truncation_side="right",
    )


def _set_padding(model: Any, tokenizer: Any) -> None:
    if tokenizer.pad_token is None:
        if tokenizer.eos_token is None:
            raise ModelUnusable("the tokenizer has neither a padding nor an end-of-text token.")
        tokenizer.pad_token = tokenizer.eos_token
    model.config.pad_token_id = tokenizer.pad_token_id
