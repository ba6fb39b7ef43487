"""What is found of GGUF files that are split, or whose cache is compressed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.errors import ModelUnusable
from evaluator.models.inspection import Inspection

from .written_gguf import ALPHA, U32, tensor, value, written

Look = Callable[..., Inspection]
SHAPE = [
    *(
        value(f"llama.{key}", U32, number.to_bytes(4, "little"))
        for key, number in (
            ("block_count", 2),
            ("attention.head_count", 4),
            ("embedding_length", 32),
            ("context_length", 64),
        )
    ),
]


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """A model of 96 numbers of 16 bits in three files, of which the first holds the metadata."""
    contents = [([ALPHA, *SHAPE], []), ([], [("a", 64)]), ([], [("b", 32)])]
    return [
        written(
            tmp_path / f"m-{number:05d}-of-00003.gguf",
            values,
            [tensor(name, [count]) for name, count in tensors],
            data=2 * sum(count for _, count in tensors),
        )
        for number, (values, tensors) in enumerate(contents, start=1)
    ]


@pytest.mark.parametrize("named", [0, 1, 2])
def test_any_part_of_a_split_model_stands_for_all(
    look: Look, parts: list[Path], named: int
) -> None:
    found = look(parts[named])
    assert found.architecture == "llama"
    assert (found.parameters, found.size, found.longest_context) == (96, 192, 64)
    # 2 layers with 4 heads of 8 numbers for keys and for values, for 32 tokens, in 2 bytes each
    assert [(need.weights, need.cache) for need in found.memory] == [(192, 2 * 4 * 16 * 32 * 2)]


def test_a_part_that_is_missing_is_named(look: Look, parts: list[Path]) -> None:
    parts[1].unlink()
    with pytest.raises(
        ModelUnusable, match=r"one of 3 parts, and m-00002-of-00003\.gguf is missing"
    ):
        look(parts[0])


def test_a_name_that_counts_no_parts_is_one_file(look: Look, tmp_path: Path) -> None:
    path = written(tmp_path / "m-00001-of-00000.gguf", [ALPHA], [tensor("a", [32])], data=64)
    assert look(path).parameters == 32


def test_the_size_of_a_cache_that_is_kept_compressed_is_not_known(
    look: Look, tmp_path: Path
) -> None:
    rank = value("llama.attention.kv_lora_rank", U32, (16).to_bytes(4, "little"))
    found = look(written(tmp_path / "m.gguf", [ALPHA, *SHAPE, rank], []))
    assert [need.cache for need in found.memory] == [None]
