"""`/api/create`: models made of uploaded files, as Ollama makes them."""

import json
import posixpath
import struct
from collections.abc import Iterator
from typing import Any

from .age import Abilities
from .blobs import Blob, Blobs
from .catalogue import Catalogue
from .model import ServedModel
from .reply import Document, Refused, Reply, one, refusal

CONVERTED = {
    "LlamaForCausalLM": "llama",
    "Qwen2ForCausalLM": "qwen2",
    "Gemma3ForCausalLM": "gemma3",
}
ADAPTED = ("llama", "gemma2")
BITS = {"F32": 32.0, "F16": 16.0, "BF16": 16.0, "Q8_0": 8.5, "Q4_K_M": 4.85, "Q4_K_S": 4.58}
"""Of a weight, on average."""

FILE_TYPES = {0: "F32", 1: "F16", 7: "Q8_0", 14: "Q4_K_S", 15: "Q4_K_M", 32: "BF16"}

GGUF_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}


class Failed(Exception):
    """A failure that comes after the answer began, within it."""


class Creator:
    """Makes models.

    Args:
        catalogue: Where they go, and where base models are.
        blobs: What they are made from.
        abilities: What the server can do.
    """

    def __init__(self, catalogue: Catalogue, blobs: Blobs, abilities: Abilities) -> None:
        self._catalogue = catalogue
        self._blobs = blobs
        self._abilities = abilities

    def create(self, body: Document) -> Reply:
        """Answer `/api/create`; what fails once it began fails within the stream."""
        self._check(body)
        documents: list[Document] = []
        try:
            documents.extend({"status": status} for status in self._made(body))
            documents.append({"status": "success"})
        except Failed as error:
            documents.append({"error": str(error)})
        if body.get("stream") is not False:
            return Reply(documents=tuple(documents), stream=True)
        last = documents[-1]
        return refusal(500, last["error"]) if "error" in last else one(last)

    def delete(self, body: Document) -> Reply:
        """Answer `/api/delete`."""
        name = body.get("model") or body.get("name")
        self._catalogue.find(str(name))
        self._catalogue.remove(str(name))
        return Reply(raw=b"")

    def _check(self, body: Document) -> None:
        """Refuse what Ollama refuses before it begins to answer."""
        for named in ("files", "adapters"):
            for path, digest in (body.get(named) or {}).items():
                if posixpath.isabs(path) or ".." in path.split("/"):
                    raise Refused(400, "file path must be relative")
                if not digest:
                    raise Refused(400, "invalid digest format")
        if body.get("adapters") and not self._abilities.converts:
            raise Refused(400, "LoRA adapters are no longer supported")
        name = str(body.get("model") or "")
        if not name or any(letter in name for letter in " @?#\\"):
            raise Refused(400, "invalid model name")

    def _made(self, body: Document) -> Iterator[str]:
        base = self._base(body)
        files = self._files(body, "files")
        if base is None and not files:
            raise Failed("neither 'from' or 'files' was specified")
        if base is None:
            yield "parsing GGUF" if _is_gguf(files) else "converting model"
            base = self._imported(str(body["model"]), files)
        if body.get("adapters"):
            yield "converting adapter"
            base = _adapted(base, self._files(body, "adapters"), str(body["model"]))
        wanted = str(body.get("quantize") or "").upper()
        if wanted:
            self._check_quantization(base, wanted)
            yield f"quantizing {base.quantization} model to {wanted}"
            size = int(base.size * BITS[wanted] / BITS[base.quantization])
            base = base.changed(size=size, quantization=wanted)
        yield "writing manifest"
        members = {key: body[key] for key in ("system", "template", "parameters") if key in body}
        self._catalogue.add(
            base.changed(name=str(body["model"]), made_with=json.dumps(members, sort_keys=True))
        )

    def _check_quantization(self, base: ServedModel, wanted: str) -> None:
        if not self._abilities.converts:
            raise Failed(
                "create-time quantization is only supported for safetensors imports; quantize GGUF "
                "models with llama.cpp tools before importing"
            )
        if wanted not in BITS:
            raise Failed(
                f"unsupported quantization type {wanted} - supported types are F32, F16, Q4_K_S, "
                "Q4_K_M, Q8_0"
            )
        if base.quantization not in {"F16", "BF16", "F32"}:
            raise Failed("quantization is only supported for F16, BF16 and F32 models")

    def _base(self, body: Document) -> ServedModel | None:
        if not body.get("from"):
            return None
        try:
            return self._catalogue.find(str(body["from"]))
        except Refused:
            raise Failed("pull model manifest: file does not exist") from None

    def _files(self, body: Document, named: str) -> dict[str, Blob]:
        try:
            return {
                name: self._blobs.find(digest) for name, digest in (body.get(named) or {}).items()
            }
        except Refused as error:
            raise Failed(error.error) from None

    def _imported(self, name: str, files: dict[str, Blob]) -> ServedModel:
        size = sum(blob.size for blob in files.values())
        if _is_gguf(files):
            said = _gguf_values(next(iter(files.values())).beginning)
            return ServedModel(
                name,
                base=True,
                size=size,
                family=str(said.get("general.architecture", "unknown")),
                quantization=FILE_TYPES.get(said.get("general.file_type", -1), "unknown"),
            )
        if not self._abilities.converts:
            raise Failed("MLX runtime is not available")
        config = _config(files)
        architecture = (config.get("architectures") or [""])[0]
        if architecture not in CONVERTED:
            raise Failed(f'unsupported architecture "{architecture}"')
        return ServedModel(name, size=size, family=CONVERTED[architecture], quantization="F16")


def _adapted(base: ServedModel, files: dict[str, Blob], name: str) -> ServedModel:
    if not _is_gguf(files) and base.family not in ADAPTED:
        raise Failed("unsupported architecture")
    return base.changed(name=name, size=base.size + sum(blob.size for blob in files.values()))


def _is_gguf(files: dict[str, Blob]) -> bool:
    return any(blob.beginning.startswith(b"GGUF") for blob in files.values())


def _config(files: dict[str, Blob]) -> Document:
    if "config.json" not in files:
        raise Failed("open config.json: file does not exist")
    content: Document = json.loads(files["config.json"].beginning)
    return content


def _gguf_values(content: bytes) -> dict[str, Any]:
    """Return the texts and whole numbers of a GGUF header, as far as its beginning is kept."""
    header = _Header(content)
    found: dict[str, Any] = {}
    try:
        for _ in range(header.number("Q", at=16)):
            key = header.text()
            found[key] = header.value(header.number("I"))
    except struct.error:  # beyond what is kept
        pass
    return found


class _Header:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 24

    def number(self, kind: str, at: int | None = None) -> int:
        (value,) = struct.unpack_from(f"<{kind}", self._content, self._at if at is None else at)
        self._at += struct.calcsize(f"<{kind}") if at is None else 0
        return int(value)

    def text(self) -> str:
        length = self.number("Q")
        self._at += length
        return self._content[self._at - length : self._at].decode()

    def value(self, kind: int) -> Any:
        if kind == 8:
            return self.text()
        if kind != 9:
            return self.number(GGUF_NUMBERS[kind])
        member, length = self.number("I"), self.number("Q")
        return [self.value(member) for _ in range(length)]
