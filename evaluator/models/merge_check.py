"""Whether a merged model does what base and adapter do together, by PEFT's own reckoning."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evaluator.classifier.capacity import as_large_as_its_weights
from evaluator.classifier.loading_faults import loading_faults
from evaluator.errors import EvaluatorError, ModelUnusable
from evaluator.models.adapter_config import AdapterConfig
from evaluator.models.layer_check import ROUNDING, SEED, check_layers
from evaluator.models.merge_plan import CLASSIFIES, MergePlan
from evaluator.models.merge_report import MergeCheck

PROBE_TOKENS = 16
BYTES_IN_MEMORY = 6
"""Of a parameter while logits are computed in 32 bits: its own four, and what else there is."""


def check_merge(
    plan: MergePlan,
    config: AdapterConfig,
    *,
    adapter: Path,
    base: Path,
    merged: Path,
    memory: int,
) -> MergeCheck:
    """Compare a merged model with its base and adapter.

    Each changed weight is held against PEFT's own; that alone notices an adapter that moves less
    than a narrow type's rounding does. Then what is put out is compared: a second look, which
    notices what is wrong beside the weights.

    Args:
        plan: What was written.
        config: The adapter's settings.
        adapter: Its directory.
        base: The base model's.
        merged: The merged model's.
        memory: Bytes that this may take.

    Raises:
        ModelUnusable: They differ by more than rounding explains, or cannot be loaded.
    """
    with _quiet():
        check = check_layers(plan, config, merged, memory)
        if check.weights <= 1 and plan.parameters * BYTES_IN_MEMORY <= memory:
            check = _by_logits(plan, config, adapter, base, merged, weights=check.weights)
    if not check.weights <= 1:
        raise ModelUnusable(
            "the weights of the merged model differ from those of base and adapter by "
            f"{check.weights:.3g} times what rounding explains: this adapter cannot be merged "
            "here; nothing was kept."
        )
    if not check.difference <= check.bound:  # nor is it, where one is no number
        raise ModelUnusable(
            f"the {check.of} of the merged model differ from those of base and adapter by "
            f"{check.difference:.3g}, beyond {check.bound:.3g}: this adapter cannot be merged "
            "here; nothing was kept."
        )
    return check


def _by_logits(
    plan: MergePlan,
    config: AdapterConfig,
    adapter: Path,
    base: Path,
    merged: Path,
    *,
    weights: float,
) -> MergeCheck:
    import torch
    from peft import PeftModel

    kind = _auto_class(config)
    settings = {"num_labels": plan.classes} if plan.classes is not None else {}
    with as_large_as_its_weights([base, adapter]):
        both = PeftModel.from_pretrained(_loaded(kind, base, **settings), str(adapter)).eval()
    tokens = _probe(both.config)
    with torch.no_grad():
        expected = both(tokens).logits
        with both.disable_adapter():
            alone = both(tokens).logits
    del both
    gc.collect()
    with torch.no_grad():
        found = _loaded(kind, merged)(tokens).logits
    largest = float(expected.abs().max())
    return MergeCheck(
        of="logits",
        difference=float((found - expected).abs().max()),
        largest=largest,
        bound=_rounding(plan) * largest,
        weights=weights,
        moved=None if plan.classes is not None else float((expected - alone).abs().max()),
    )


def _auto_class(config: AdapterConfig) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    return (
        AutoModelForSequenceClassification
        if config.task_type == CLASSIFIES
        else AutoModelForCausalLM
    )


def _loaded(kind: Any, folder: Path, **settings: Any) -> Any:
    import torch

    return kind.from_pretrained(
        str(folder),
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        **settings,
    ).eval()


def _probe(config: Any) -> Any:
    """Return rows of token numbers, the same every time."""
    import torch

    text = config.get_text_config()
    length = min(PROBE_TOKENS, getattr(text, "max_position_embeddings", None) or PROBE_TOKENS)
    random = torch.Generator().manual_seed(SEED)
    return torch.randint(text.vocab_size, (1, length), generator=random)


def _rounding(plan: MergePlan) -> float:
    return max(ROUNDING[piece.tensor.type] for piece in plan.changes)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what PEFT and transformers tell each other from the user."""
    from transformers import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except EvaluatorError:
            raise
        except loading_faults() as error:
            reason = " ".join(str(error).split())[:300] or repr(error)
            raise ModelUnusable(
                f"the merged model cannot be compared with base and adapter: {reason.rstrip('.')}; "
                "nothing was kept."
            ) from error
