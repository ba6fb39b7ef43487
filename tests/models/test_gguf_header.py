"""Headers of GGUF files: a real one is read, impossible ones refused."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import ModelUnusable
from evaluator.models.gguf_header import gguf_header
from evaluator.models.stored_tensor import parameters_by_type

from .written_gguf import ALPHA, ARRAY, TEXT, U8, U32, tensor, text, value, written


def test_the_packaged_model_says_what_it_is(gguf: Path) -> None:
    header = gguf_header(gguf)
    assert header.text("general.architecture") == "gemma3"
    assert header.number("gemma3.block_count") == 18
    assert header.lengths["tokenizer.ggml.tokens"] == 262_144
    counts = parameters_by_type(header.tensors)
    assert sum(counts.values()) == 268_098_176
    assert list(counts) == ["Q8_0", "Q5_0", "Q4_K", "Q6_K", "F32"]
    # the tensors fill the file to its end, but for what aligns them
    assert 0 <= gguf.stat().st_size - max(one.offset + one.size for one in header.tensors) < 32


def test_shapes_are_turned_and_offsets_counted_from_the_beginning(tmp_path: Path) -> None:
    path = written(tmp_path / "m.gguf", [ALPHA], [tensor("a", [3, 2])], data=12)
    (one,) = gguf_header(path).tensors
    assert (one.name, one.type, one.shape, one.size) == ("a", "F16", (2, 3), 12)
    assert one.offset + 12 == path.stat().st_size


def test_numbers_of_single_layers_are_kept_and_long_arrays_counted(tmp_path: Path) -> None:
    short = value("heads", ARRAY, struct.pack("<IQ3I", U32, 3, 1, 2, 1))
    long = value("scores", ARRAY, struct.pack("<IQ", U8, 2000) + bytes(2000))
    words = value("words", ARRAY, struct.pack("<IQ", TEXT, 2) + text("a") + text("b"))
    header = gguf_header(written(tmp_path / "m.gguf", [short, long, words], []))
    assert header.values == {"heads": (1, 2, 1)}
    assert header.lengths == {"heads": 3, "scores": 2000, "words": 2}


@pytest.mark.parametrize(
    ("values", "tensors", "reason"),
    [
        ([ALPHA], [tensor("a", [3, 2])], "12 bytes of its tensors are missing"),
        ([ALPHA], [tensor("a", [2**62, 2**62])], "of its tensors are missing"),
        ([ALPHA], [tensor("a", [1] * 9)], "has 9 dimensions"),
        ([value("a", 77, b"")], [], "of type 77"),
        ([value("a", ARRAY, struct.pack("<IQ", ARRAY, 1))], [], "of type 9"),
        ([value("a", ARRAY, struct.pack("<IQ", U8, 2**60))], [], "cut short"),
        ([value("a", ARRAY, struct.pack("<IQ", TEXT, 2**60))], [], "cut short"),
        ([value("a", TEXT, struct.pack("<Q", 2**63))], [], "cut short"),
        ([value("general.alignment", U32, struct.pack("<I", 0))], [], "alignment"),
    ],
)
def test_a_header_that_cannot_be_is_refused(
    tmp_path: Path, values: list[bytes], tensors: list[bytes], reason: str
) -> None:
    with pytest.raises(ModelUnusable, match=reason):
        gguf_header(written(tmp_path / "m.gguf", values, tensors))


def test_counts_beyond_any_model_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**40, 1))
    with pytest.raises(ModelUnusable, match="announces 1 values and 1099511627776 tensors"):
        gguf_header(path)


def test_other_files_and_versions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(ModelUnusable, match="does not begin as one"):
        gguf_header(path)
    with pytest.raises(ModelUnusable, match="version 1 "):
        gguf_header(written(path, [], [], version=1))


def test_a_type_that_is_not_known_is_named_by_its_number(tmp_path: Path) -> None:
    (one,) = gguf_header(written(tmp_path / "m.gguf", [], [tensor("a", [2], 99)])).tensors
    assert (one.type, one.size) == ("type 99", 0)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<I", 3) + content)
    try:
        gguf_header(path)
    except ModelUnusable as error:
        assert str(error).endswith("fetch it again.")
