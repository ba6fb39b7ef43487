"""Articles in, classifications out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from evaluator.cases.digest import text_sha256
from evaluator.classifier.batching import token_budget_batches
from evaluator.classifier.checkpoint import Checkpoint
from evaluator.classifier.hardware import usual_batch_tokens
from evaluator.classifier.prediction import Classification
from evaluator.errors import ModelUnusable

TEXTS_SORTED_AT_ONCE = 1_000
TEXTS_TOKENIZED_AT_ONCE = 16  # a tokenizer's own notes take a hundredfold of the token ids
CHARACTERS_A_TOKEN = 40


@dataclass(frozen=True, slots=True)
class _Beginning:
    """As much of a text as the model can reach, and what is to be told of the whole."""

    text: str
    text_sha256: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Encoded:
    """What the model reads of a text."""

    text_sha256: str
    tokens: list[int]
    truncated: bool


def classify(
    checkpoint: Checkpoint, texts: Iterable[str], batch_tokens: int | None = None
) -> Iterator[Classification]:
    """Yield one classification for each text, in an order that suits the hardware.

    Texts are taken as they are needed and not kept: of at most 1,000 the token ids are in memory.

    Args:
        checkpoint: The model under test.
        texts: Prompts, already in the model's template and distinct.
        batch_tokens: Padded tokens in a batch; None for what suits the device.

    Raises:
        ModelUnusable: The device ran out of memory, the model gave values that are no numbers,
            its tokenizer does not fit it, or a text has no tokens.
    """
    budget = batch_tokens or usual_batch_tokens(checkpoint.model.device.type)
    encoded = _encode(checkpoint, texts)
    while window := list(islice(encoded, TEXTS_SORTED_AT_ONCE)):
        for positions in token_budget_batches([len(one.tokens) for one in window], budget):
            batch = [window[position] for position in positions]
            probabilities = _probabilities(checkpoint, [one.tokens for one in batch])
            for one, (label_index, confidence) in zip(batch, probabilities, strict=True):
                yield Classification(
                    text_sha256=one.text_sha256,
                    label=checkpoint.labels[label_index],
                    confidence=confidence,
                    truncated=one.truncated,
                    tokens=len(one.tokens),
                )


def _encode(checkpoint: Checkpoint, texts: Iterable[str]) -> Iterator[_Encoded]:
    """Yield each text's tokens.

    Characters far beyond what the model reads are cut before tokenizing, so that a text of a
    million characters costs no more than a long one.
    """
    reach = checkpoint.max_tokens * CHARACTERS_A_TOKEN
    beginnings = (_Beginning(text[:reach], text_sha256(text), len(text) > reach) for text in texts)
    while some := list(islice(beginnings, TEXTS_TOKENIZED_AT_ONCE)):
        yield from _tokenize(checkpoint, some)


def _tokenize(checkpoint: Checkpoint, beginnings: Sequence[_Beginning]) -> list[_Encoded]:
    """Return tokens, cut to what the model reads.

    Special tokens written out in an article are read as text. The tokenizer itself cuts, because
    it may close a text with a token that must stay.
    """
    longest = checkpoint.max_tokens
    read = partial(checkpoint.tokenizer, split_special_tokens=True, verbose=False)
    encoded: list[list[int]] = read([one.text for one in beginnings])["input_ids"]
    overlong = [position for position, ids in enumerate(encoded) if len(ids) > longest]
    if overlong:
        whole = [beginnings[position].text for position in overlong]
        cut = read(whole, truncation=True, max_length=longest)["input_ids"]
        for position, ids in zip(overlong, cut, strict=True):
            encoded[position] = ids
    if not all(encoded):
        raise ModelUnusable("an article becomes an empty prompt; look at --prompt-template.")
    return [
        _Encoded(one.text_sha256, ids, one.is_cut or position in overlong)
        for position, (one, ids) in enumerate(zip(beginnings, encoded, strict=True))
    ]


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
