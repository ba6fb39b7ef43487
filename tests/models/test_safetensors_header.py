"""Headers of safetensors files: real ones are read, impossible ones refused."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import ModelUnusable
from evaluator.models.safetensors_header import safetensors_tensors


def written(path: Path, header: Any, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def told(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24], **changes}


def test_the_tensors_are_those_that_the_library_reads(small_llama: Path) -> None:
    from safetensors import safe_open

    for path in small_llama.glob("*.safetensors"):
        with safe_open(path, framework="pt") as weights:
            expected = {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118
        assert {one.name: one.shape for one in safetensors_tensors(path)} == expected
        assert (
            max(one.offset + one.size for one in safetensors_tensors(path)) == path.stat().st_size
        )


def test_a_tensor_has_its_count_and_place(tmp_path: Path) -> None:
    path = written(tmp_path / "w.safetensors", {"__metadata__": {}, "a": told()}, bytes(24))
    (tensor,) = safetensors_tensors(path)
    assert (tensor.name, tensor.type, tensor.shape, tensor.count, tensor.size) == (
        *("a", "F32", (2, 3), 6),
        24,
    )
    assert tensor.offset + 24 == path.stat().st_size


@pytest.mark.parametrize(
    ("header", "data", "reason"),
    [
        ({"a": told()}, bytes(20), "4 bytes of its tensors are missing"),
        ({"a": told(shape=[-2, -3])}, bytes(24), "the tensor a cannot be"),
        ({"a": told(shape=[2, True])}, bytes(24), "the tensor a cannot be"),
        ({"a": told(shape=[2, 4])}, bytes(24), "the tensor a cannot be"),
        ({"a": told(shape=[1] * 17)}, bytes(24), "the tensor a cannot be"),
        ({"a": told(data_offsets=[24, 0])}, bytes(24), "the tensor a cannot be"),
        ({"a": told(dtype="PICKLE")}, bytes(24), "the tensor a cannot be"),
        ({"a": told(dtype=["F32"])}, bytes(24), "the tensor a cannot be"),
        ({"a": 7}, b"", "the tensor a cannot be"),
        ([1], b"", "not a table of tensors"),
        (b"{", b"", "not JSON"),
        (b"[" * 100_000, b"", "not JSON"),
    ],
)
def test_a_header_that_cannot_be_is_refused(
    tmp_path: Path, header: Any, data: bytes, reason: str
) -> None:
    path = written(tmp_path / "w.safetensors", header, data)
    with pytest.raises(ModelUnusable, match=reason):
        safetensors_tensors(path)


@pytest.mark.parametrize("length", [2**63, 1 << 30, 100])
def test_an_announced_length_beyond_the_file_is_not_believed(tmp_path: Path, length: int) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b"{}")
    with pytest.raises(ModelUnusable, match=f"header of {length} bytes"):
        safetensors_tensors(path)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(struct.pack("<Q", len(content)) + content)
    try:
        safetensors_tensors(path)
    except ModelUnusable as error:
        assert str(error).endswith("fetch it again.")
