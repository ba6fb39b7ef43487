"""The header of a GGUF file, read without its weights and without trusting it."""

import struct
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

from evaluator.errors import ModelUnusable
from evaluator.models.ggml_types import GGML_TYPES
from evaluator.models.stored_tensor import StoredTensor

MAGIC = b"GGUF"
VERSIONS = (2, 3)
LONGEST_HEADER = 64 << 20
"""Bytes; a vocabulary of 262,144 words takes about 8 MiB."""

LONGEST_KEPT = 1024
"""Elements of an array of numbers; a model has fewer layers. Of longer ones the length is kept."""

MOST_DIMENSIONS = 8
MOST_VALUES = 100_000
MOST_TENSORS = 200_000
ALIGNMENT = "general.alignment"
USUAL_ALIGNMENT = 32
SCALARS = dict(enumerate("BbHhIif?", start=0)) | {10: "Q", 11: "q", 12: "d"}
"""The format's numbers for types of values, as `struct` calls them."""

TEXT, ARRAY = 8, 9

Value = int | float | bool | str | tuple[int | float | bool, ...]


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself.

    Attributes:
        values: Its metadata by key, without its arrays of texts and long arrays.
        lengths: The lengths of all its arrays by key.
        tensors: Its tensors.
    """

    values: dict[str, Value]
    lengths: dict[str, int]
    tensors: tuple[StoredTensor, ...]

    def text(self, key: str) -> str | None:
        """Return a text, or None where the file has none of that key."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        """Return a whole number, or None where the file has none of that key."""
        value = self.values.get(key)
        return value if type(value) is int else None


def gguf_header(path: Path) -> GgufHeader:
    """Return the header of a GGUF file.

    Raises:
        ModelUnusable: It is no GGUF file that can be read, its header contradicts itself, or the
            file ends before its last tensor does.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as content:
            begun = content.read(LONGEST_HEADER)
    except OSError as error:
        raise ModelUnusable(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        header, begin = _header(_Bytes(begun))
    except (struct.error, _Impossible) as error:
        reason = str(error) if isinstance(error, _Impossible) else "its header is cut short"
        raise _damaged(path, reason) from error
    missing = max((one.offset + one.size for one in header.tensors), default=begin) - size
    if missing > 0:
        raise _damaged(path, f"{missing} bytes of its tensors are missing")
    return header


class _Impossible(Exception):
    pass


class _Bytes:
    """The file's beginning, read from front to back."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.position = 0

    def number(self, kind: str) -> int | float | bool:
        form = f"<{kind}"
        (value,) = struct.unpack_from(form, self._content, self.position)
        self.position += struct.calcsize(form)
        found: int | float | bool = value
        return found

    def whole(self, kind: str = "Q") -> int:
        return int(self.number(kind))

    def text(self) -> str:
        length = self.whole()
        start = self.position
        self.skip(length)
        return self._content[start : self.position].decode("utf-8", "replace")

    def skip(self, count: int) -> None:
        if count > len(self._content) - self.position:
            raise _Impossible("its header is cut short, or longer than any model needs")
        self.position += count


def _header(content: _Bytes) -> tuple[GgufHeader, int]:
    """Return the header, and where the tensors' bytes begin."""
    magic = struct.pack("<I", content.whole("I"))
    version = content.whole("I")
    if magic != MAGIC:
        raise _Impossible("it does not begin as one")
    if version not in VERSIONS:
        raise _Impossible(f"version {version} of the format cannot be read")
    tensor_count, value_count = content.whole(), content.whole()
    if value_count > MOST_VALUES or tensor_count > MOST_TENSORS:
        raise _Impossible(f"it announces {value_count} values and {tensor_count} tensors")
    values: dict[str, Value] = {}
    lengths: dict[str, int] = {}
    for _ in range(value_count):
        key = content.text()
        kind = content.whole("I")
        if kind == ARRAY:
            lengths[key], kept = _array(content)
            if kept is not None:
                values[key] = kept
        else:
            values[key] = _scalar(content, kind)
    told = [_tensor(content) for _ in range(tensor_count)]
    alignment = values.get(ALIGNMENT, USUAL_ALIGNMENT)
    if type(alignment) is not int or alignment <= 0:
        raise _Impossible("its alignment cannot be")
    begin = -(-content.position // alignment) * alignment
    tensors = tuple(replace(one, offset=begin + one.offset) for one in told)
    return GgufHeader(values, lengths, tensors), begin


def _scalar(content: _Bytes, kind: int) -> Value:
    if kind == TEXT:
        return content.text()
    if kind not in SCALARS:
        raise _Impossible(f"a value is of type {kind}, which there is not")
    return content.number(SCALARS[kind])


def _array(content: _Bytes) -> tuple[int, tuple[int | float | bool, ...] | None]:
    kind, length = content.whole("I"), content.whole()
    if kind == TEXT:
        for _ in range(length):
            content.skip(content.whole())
        return length, None
    if kind not in SCALARS:
        raise _Impossible(f"an array is of type {kind}, which there is not")
    if length > LONGEST_KEPT:
        content.skip(length * struct.calcsize(f"<{SCALARS[kind]}"))
        return length, None
    return length, tuple(content.number(SCALARS[kind]) for _ in range(length))


def _tensor(content: _Bytes) -> StoredTensor:
    """Return a tensor whose offset is counted from where the tensors' bytes begin."""
    name, dimensions = content.text(), content.whole("I")
    if dimensions > MOST_DIMENSIONS:
        raise _Impossible(f"the tensor {name[:80]} has {dimensions} dimensions")
    # The format counts the fastest-moving dimension first.
    shape = tuple(content.whole() for _ in range(dimensions))[::-1]
    number, offset = content.whole("I"), content.whole()
    kind = GGML_TYPES.get(number)
    if kind is None:
        return StoredTensor(name, f"type {number}", shape, offset, 0)
    size = -(-prod(shape) // kind.block) * kind.size
    return StoredTensor(name, kind.name, shape, offset, size)


def _damaged(path: Path, reason: str) -> ModelUnusable:
    return ModelUnusable(f"{path} is damaged or no GGUF file: {reason}; fetch it again.")
