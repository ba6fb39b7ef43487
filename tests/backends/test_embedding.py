"""The packaged model's vectors."""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluator.backends.embedding import EmbeddingBackend, Vector
from evaluator.errors import ConfigError


async def embedded(texts: Sequence[str], path: Path | None = None) -> list[Vector]:
    async with EmbeddingBackend(path) as model:
        assert model.identity.backend == "embedding"
        assert model.identity.scoring == "cosine"
        return await model.embed(texts)


def test_vectors_are_equal_in_any_order_and_after_a_restart() -> None:
    texts = ["The topic is guitars.", "The topic is tax law.", "The topic is drums."]
    first = asyncio.run(embedded(texts))
    assert asyncio.run(embedded(texts[::-1])) == first[::-1]
    lengths = {len(vector) for vector in first}
    assert len(lengths) == 1
    assert all(math.isfinite(value) for vector in first for value in vector)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_text("no model")
    with pytest.raises(ConfigError, match="is not a GGUF file"):
        asyncio.run(embedded([], path))


def test_a_model_that_is_let_go_at_once_lets_go() -> None:
    """llama.cpp's own end waits for ever if its loop has not begun."""
    for _ in range(3):
        assert asyncio.run(embedded([])) == []
