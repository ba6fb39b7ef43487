"""GGUF files written a field at a time."""

import struct
from pathlib import Path

U8, U32, TEXT, ARRAY, F16 = 0, 4, 8, 9, 1


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def value(key: str, kind: int, content: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + content


def tensor(name: str, shape: list[int], kind: int = F16, offset: int = 0) -> bytes:
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + dimensions + struct.pack("<IQ", kind, offset)


def written(
    path: Path, values: list[bytes], tensors: list[bytes], data: int = 0, version: int = 3
) -> Path:
    counts = struct.pack("<IQQ", version, len(tensors), len(values))
    header = b"GGUF" + counts + b"".join([*values, *tensors])
    path.write_bytes(header + bytes(-len(header) % 32 + data))
    return path


ALPHA = value("general.architecture", TEXT, text("llama"))
