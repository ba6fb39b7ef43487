"""One way to classify texts, as a program of its own: `python -m benchmarks.peers.classifiers`.

Takes a model's folder and the name of the way, and reads one JSON list of texts a line from
standard input. After each it writes the labels, in the texts' order, and what they took.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluator.cases.digest import text_sha256
from evaluator.classifier.checkpoint import Checkpoint, load_checkpoint
from evaluator.classifier.classify import classify
from evaluator.classifier.labels import model_labels

LONGEST = 1_024

Classifier = Callable[[Sequence[str]], list[str]]


def main() -> None:
    """Classify what comes on standard input."""
    model, way = sys.argv[1:]
    labels_of = WAYS[way](Path(model))
    labels_of(["The first text of all waits for what is made once."] * 2)
    print(flush=True)
    for line in sys.stdin:
        texts = json.loads(line)
        started, worked = time.monotonic(), time.process_time()
        labels = labels_of(texts)
        cost = {"seconds": time.monotonic() - started, "cpu": time.process_time() - worked}
        print(json.dumps({"labels": labels, **cost}), flush=True)


def _pipeline(dtype: str) -> Callable[[Path], Classifier]:
    """The `text-classification` pipeline of transformers, one text after the other."""

    def load(model: Path) -> Classifier:
        import torch
        from transformers import pipeline

        answer = pipeline(
            "text-classification", str(model), device="cpu", dtype=getattr(torch, dtype)
        )
        cut = {"truncation": True, "max_length": LONGEST}
        return lambda texts: [str(answer(text, **cut)[0]["label"]) for text in texts]

    return load


def _ours(dtype: str) -> Callable[[Path], Classifier]:
    """This project's classifier."""

    def load(model: Path) -> Classifier:
        labels = model_labels(model, None)
        checkpoint = load_checkpoint(
            model, base_model=None, labels=labels, device="cpu", dtype=dtype
        )
        return _in_batches(checkpoint)

    return load


def _transformers(dtype: str, *, compiled: bool = False) -> Callable[[Path], Classifier]:
    """This project's batches with the model as transformers computes it."""

    def load(model: Path) -> Classifier:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        plain: Any = AutoModelForSequenceClassification.from_pretrained(
            model, dtype=getattr(torch, dtype)
        ).eval()
        plain.config.use_cache = False
        if compiled:
            plain.forward = torch.compile(plain.forward, dynamic=True)
        tokenizer = AutoTokenizer.from_pretrained(model)
        return _in_batches(Checkpoint(plain, tokenizer, model_labels(model, None), LONGEST))

    return load


def _in_batches(checkpoint: Checkpoint) -> Classifier:
    def labels_of(texts: Sequence[str]) -> list[str]:
        found = classify(checkpoint, dict.fromkeys(texts))
        labels = {one.text_sha256: one.label for one in found}
        return [labels[text_sha256(text)] for text in texts]

    return labels_of


WAYS: dict[str, Callable[[Path], Classifier]] = {
    "reference": _pipeline("float32"),
    "reference in bfloat16": _pipeline("bfloat16"),
    "batches, float32": _transformers("float32"),
    "batches, bfloat16": _transformers("bfloat16"),
    "batches, bfloat16, torch.compile": _transformers("bfloat16", compiled=True),
    "ours, float32": _ours("float32"),
    "ours": _ours("auto"),
}


if __name__ == "__main__":
    main()
