"""Models before their training: from the hub, or from scratch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from corpus import Corpus, encoded
from fitting import Examples
from from_scratch import TaughtMixtures, small_gpt2, train_tokenizer
from settings import Settings
from torch.nn.functional import one_hot

from evaluator.errors import ModelUnusable


@dataclass(frozen=True, slots=True)
class Untrained:
    """A model and its tokenizer before training.

    Attributes:
        model: The transformers classifier.
        tokenizer: Its tokenizer, with a padding token.
        draw: Gives an epoch's examples.
    """

    model: Any
    tokenizer: Any
    draw: Callable[[], Examples]


def prepared_from_scratch(settings: Settings, corpus: Corpus) -> Untrained:
    """Return a small GPT-2 with random weights and a tokenizer trained on the corpus."""
    tokenizer = train_tokenizer(corpus.training.texts, settings.max_tokens)
    draw = TaughtMixtures(
        tokenizer(corpus.training.texts, add_special_tokens=False, verbose=False)["input_ids"],
        corpus.training.classes,
        closing=tokenizer.cls_token_id,
        max_tokens=settings.max_tokens,
        seed=settings.seed,
    )
    return Untrained(small_gpt2(tokenizer, corpus.labels, settings.max_tokens), tokenizer, draw)


def prepared_from_hub(settings: Settings, corpus: Corpus) -> Untrained:
    """Return a pretrained model with a new classification head, or LoRA adapters around it.

    Raises:
        ModelUnusable: The base model is neither a directory nor to be had from the hub.
    """
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(settings.base_model, padding_side="right")
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        model = AutoModelForSequenceClassification.from_pretrained(
            settings.base_model,
            dtype=torch.float32,
            pad_token_id=tokenizer.pad_token_id,
            id2label=dict(enumerate(corpus.labels)),
            label2id={label: index for index, label in enumerate(corpus.labels)},
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelUnusable(
            f"the base model '{settings.base_model}' could not be loaded from the Hugging Face "
            "hub or a directory; connect once, pass --base-model DIR, or train without it by "
            "--from-scratch small."
        ) from error
    if settings.lora:
        model = with_adapters(model)
    token_ids = encoded(tokenizer, corpus.training.texts, settings.max_tokens)
    targets = one_hot(torch.tensor(corpus.training.classes), len(corpus.labels)).float()
    return Untrained(model, tokenizer, lambda: Examples(token_ids, targets))


def with_adapters(model: Any) -> Any:
    """Return the model frozen, with LoRA adapters and its head to train."""
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError:
        raise ModelUnusable("--lora needs peft: pip install peft.") from None
    return get_peft_model(
        model, LoraConfig(task_type=TaskType.SEQ_CLS, r=8, lora_alpha=16, lora_dropout=0.1)
    )
