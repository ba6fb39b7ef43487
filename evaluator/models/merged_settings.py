"""What goes beside the weights of a merged model: settings, tokenizer, template."""

import json
import shutil
from pathlib import Path
from typing import Any

from evaluator.classifier.template import FILE_NAME as TEMPLATE
from evaluator.errors import ModelUnusable
from evaluator.models.directory import ModelDirectory
from evaluator.models.merge_plan import MergePlan

CONFIG = "config.json"
GENERATION = "generation_config.json"
VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model")
TOKENIZER = (
    *VOCABULARIES,
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt"),
    "chat_template.jinja",
)


def write_settings(
    adapter: ModelDirectory, base: ModelDirectory, plan: MergePlan, folder: Path
) -> None:
    """Write settings, tokenizer and template of a merged model.

    The tokenizer is the adapter's, if it brings one, else the base's, as when the adapter is
    loaded; the template for articles is the adapter's.

    Args:
        adapter: The adapter.
        base: Its base.
        plan: What was written.
        folder: Where.

    Raises:
        ModelUnusable: A file cannot be read, or the base cannot be made a classifier.
        OSError: The disk refuses.
    """
    config = base.content(CONFIG)
    if plan.classes is not None:
        config = _as_classifier(config, adapter.content(CONFIG), plan.classes)
    if plan.unties:
        config = _untied(config)
    (folder / CONFIG).write_text(json.dumps(config, indent=1), "utf-8")
    own = any(adapter.file(name) is not None for name in VOCABULARIES)
    _copy(adapter if own else base, TOKENIZER, folder)
    _copy(base, (GENERATION,), folder)
    _copy(adapter, (TEMPLATE,), folder)


def _as_classifier(base: dict[str, Any], own: Any, classes: int) -> dict[str, Any]:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES as NAMES,
    )

    family = base.get("model_type")
    if family not in NAMES:
        raise ModelUnusable(
            f"a base of the family {family} cannot be made a classifier; name another with --base."
        )
    named = own.get("id2label") if isinstance(own, dict) else None
    if not isinstance(named, dict) or len(named) != classes:
        named = {str(index): f"LABEL_{index}" for index in range(classes)}
    return {
        **base,
        "architectures": [NAMES[family]],
        "id2label": named,
        "label2id": {label: int(index) for index, label in named.items()},
    }


def _untied(base: dict[str, Any]) -> dict[str, Any]:
    untied = {"tie_word_embeddings": False}
    text = base.get("text_config")
    nested = {"text_config": {**text, **untied}} if isinstance(text, dict) else {}
    return {**base, **nested, **untied}


def _copy(source: ModelDirectory, names: tuple[str, ...], folder: Path) -> None:
    for name in names:
        path = source.file(name)
        if path is not None:
            shutil.copyfile(path, folder / name)
