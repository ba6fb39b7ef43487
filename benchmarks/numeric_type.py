"""bfloat16 against float32 in the classifier, at GPT-2's size and at the example's."""

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.figure import Figure

TEXTS, TOKENS, TIMES = 4, 256, 3
SHAPES = {"GPT-2 124M": (768, 12, 12), "the example's GPT-2": (128, 2, 4)}


def measure() -> Iterator[Figure]:
    """Yield the time of a batch in bfloat16, against float32."""
    for name, (width, layers, heads) in SHAPES.items():
        model = _classifier(width, layers, heads)
        slow = _fastest_batch(model)
        fast = _fastest_batch(model.bfloat16())
        batch = f"{TEXTS} × {TOKENS} tokens in bfloat16, {name}"
        yield Figure(batch, fast, "s", "float32", slow)


def _classifier(width: int, layers: int, heads: int) -> Any:
    from transformers import GPT2Config, GPT2ForSequenceClassification

    config = GPT2Config(n_embd=width, n_layer=layers, n_head=heads, num_labels=20, pad_token_id=0)
    return GPT2ForSequenceClassification(config).eval()


def _fastest_batch(model: Any) -> float:
    import torch

    batch = torch.randint(1, 1_000, (TEXTS, TOKENS))
    times = []
    with torch.inference_mode():
        model(batch)
        for _ in range(TIMES):
            started = time.monotonic()
            model(batch)
            times.append(time.monotonic() - started)
    return min(times)
