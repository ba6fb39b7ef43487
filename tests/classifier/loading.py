"""What the tests of checkpoints and of adapters load, ask and are told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.classifier.checkpoint import Checkpoint
from evaluator.classifier.classify import classify
from evaluator.errors import ModelUnusable

Loader = Callable[..., Checkpoint]
Copy = Callable[[Path], Path]

TEXTS = ["the engine of the car", "salt the soup", "a pill against the pain", "x"]


def complaint(load: Loader, model_dir: Path, **settings: Any) -> str:
    with pytest.raises(ModelUnusable) as caught:
        load(model_dir, **settings)
    return str(caught.value)


def answers(checkpoint: Checkpoint) -> list[tuple[str, float]]:
    return [(one.label, one.confidence) for one in classify(checkpoint, TEXTS, batch_tokens=64)]


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")
