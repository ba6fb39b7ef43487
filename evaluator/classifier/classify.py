"""Articles in, classifications out."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from evaluator.cases.digest import text_sha256
from evaluator.classifier.batching import token_budget_batches
from evaluator.classifier.checkpoint import Checkpoint
from evaluator.classifier.prediction import Classification
from evaluator.errors import ModelUnusable

TEXTS_TOKENIZED_AT_ONCE = 1_000
CHARACTERS_A_TOKEN = 40


def classify(
    checkpoint: Checkpoint, texts: Sequence[str], batch_tokens: int
) -> Iterator[Classification]:
    """Yield one classification for each text, in an order that suits the hardware.

    Args:
        checkpoint: The model under test.
        texts: Prompts, already in the model's template and distinct.
        batch_tokens: Padded tokens in a batch.

    Raises:
        ModelUnusable: The device ran out of memory, the model gave values that are no numbers,
            its tokenizer does not fit it, or a text has no tokens.
    """
    for start in range(0, len(texts), TEXTS_TOKENIZED_AT_ONCE):
        window = texts[start : start + TEXTS_TOKENIZED_AT_ONCE]
        encoded, truncated = _tokenize(checkpoint, window)
        for batch in token_budget_batches([len(ids) for ids in encoded], batch_tokens):
            probabilities = _probabilities(checkpoint, [encoded[position] for position in batch])
            for position, (label_index, confidence) in zip(batch, probabilities, strict=True):
                yield Classification(
                    text_sha256=text_sha256(window[position]),
                    label=checkpoint.labels[label_index],
                    confidence=confidence,
                    truncated=truncated[position],
                    tokens=len(encoded[position]),
                )


def _tokenize(checkpoint: Checkpoint, texts: Sequence[str]) -> tuple[list[list[int]], list[bool]]:
    """Return each text's tokens, and whether it was cut to what the model reads.

    Characters far beyond that are cut before tokenizing, so that a text of a million characters
    costs no more than a long one. Special tokens written out in an article are read as text. The
    tokenizer itself cuts, because it may close a text with a token that must stay.
    """
    longest = checkpoint.max_tokens
    reach = longest * CHARACTERS_A_TOKEN
    read = partial(checkpoint.tokenizer, split_special_tokens=True, verbose=False)
    encoded: list[list[int]] = read([text[:reach] for text in texts])["input_ids"]
    overlong = [position for position, ids in enumerate(encoded) if len(ids) > longest]
    if overlong:
        whole = [texts[position][:reach] for position in overlong]
        cut = read(whole, truncation=True, max_length=longest)["input_ids"]
        for position, ids in zip(overlong, cut, strict=True):
            encoded[position] = ids
    if not all(encoded):
        raise ModelUnusable("an article becomes an empty prompt; look at --prompt-template.")
    truncated = [len(text) > reach for text in texts]
    for position in overlong:
        truncated[position] = True
    return encoded, truncated


def _probabilities(checkpoint: Checkpoint, batch: list[list[int]]) -> list[tuple[int, float]]:
    import torch

    device = checkpoint.model.device
    inputs = checkpoint.tokenizer.pad({"input_ids": batch}, return_tensors="pt").to(device)
    try:
        with torch.inference_mode():
            logits: Any = checkpoint.model(**inputs).logits.float()
    except torch.OutOfMemoryError as error:
        raise ModelUnusable(
            "the classifier ran out of device memory; lower --batch-tokens or use --device cpu."
        ) from error
    except IndexError as error:
        raise ModelUnusable(
            "the tokenizer has tokens that the model does not know; "
            "was the model saved with this tokenizer?"
        ) from error
    if not torch.isfinite(logits).all():
        raise ModelUnusable(
            "the model gives values that are not numbers; try --dtype float32, "
            "or check that its weights are complete."
        )
    confidence, index = torch.softmax(logits, dim=-1).max(dim=-1)
    return list(zip(index.tolist(), confidence.tolist(), strict=True))
