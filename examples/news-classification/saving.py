"""The model directory as the evaluator and transformers read it."""

import json
from pathlib import Path
from typing import Any

from evaluator.classifier.template import FILE_NAME, ClassifierCard


def save_model(
    folder: Path, model: Any, tokenizer: Any, card: ClassifierCard, *, own_tokenizer: bool
) -> None:
    """Write the weights, the tokenizer, the label names and the prompt template.

    Args:
        folder: Where to.
        model: A classifier or an adapter on one, in the type to store.
        tokenizer: Its tokenizer.
        card: The prompt template that the model was trained with.
        own_tokenizer: Whether the tokenizer was trained with the model.
    """
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    # An adapter's own files name neither labels nor padding.
    model.config.save_pretrained(folder)
    # The stored type saves space; computing in it would cost accuracy on a CPU.
    _rewrite_json(folder / "config.json", dtype="float32")
    if own_tokenizer:
        # The one name of this class that transformers 4 and 5 both know.
        _rewrite_json(folder / "tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")
    (folder / FILE_NAME).write_text(card.model_dump_json(indent=2) + "\n", "utf-8")
    for path in folder.glob("*.safetensors"):
        path.chmod(0o644)  # saved for the owner alone, and yet to be read by a container's user


def _rewrite_json(path: Path, **values: object) -> None:
    content = json.loads(path.read_text("utf-8")) | values
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
