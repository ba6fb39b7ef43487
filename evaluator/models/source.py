"""What a model at a server is made from: the files of a checkpoint, a GGUF file, or an adapter."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluator.errors import ConfigError, ModelUnusable
from evaluator.models.adapter_config import AdapterConfig
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.directory import ModelDirectory
from evaluator.models.gguf_header import MAGIC, gguf_header
from evaluator.models.gguf_parts import gguf_parts, is_part
from evaluator.models.ollama_imports import not_understood
from evaluator.paths import at_home

Format = Literal["gguf", "checkpoint", "adapter", "gguf-adapter"]

CONFIG, ADAPTER_CONFIG = "config.json", "adapter_config.json"
WEIGHTS = ("model*.safetensors", "consolidated*.safetensors")
ADAPTER_WEIGHTS = ("adapter_model*.safetensors", "adapters.safetensors")
BESIDE_WEIGHTS = ("*.json", "tokenizer.model", "chat_template.jinja")
CLASSIFIES = "SEQ_CLS"
MOST_FILES = 1024

FILE_TYPES = {0: "F32", 1: "F16", 7: "Q8_0", 14: "Q4_K_S", 15: "Q4_K_M", 32: "BF16"}
"""Of the numbers that a GGUF file gives its quantization, those that matter here."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to upload.

    Attributes:
        name: Its name at the server, relative to its folder.
        path: Where it is.
        size: Its bytes.
        modified_ns: When it was last changed, to notice a change during the upload.
    """

    name: str
    path: Path
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Source:
    """What a model is made from.

    Attributes:
        path: What was named.
        format: What it is.
        files: Its files.
        architecture: What it calls its architecture; None for an adapter in safetensors.
        quantization: How a GGUF file's weights are stored, such as `F16`; else None.
    """

    path: Path
    format: Format
    files: tuple[SourceFile, ...]
    architecture: str | None
    quantization: str | None

    @property
    def is_adapter(self) -> bool:
        """Whether it changes a base model and is none itself."""
        return self.format in {"adapter", "gguf-adapter"}

    @property
    def bytes(self) -> int:
        """Its size on disk."""
        return sum(one.size for one in self.files)


def read_source(path: Path) -> Source:
    """Return what a path holds, reading headers and configurations but no weights.

    Raises:
        ConfigError: There is nothing there.
        ModelUnusable: It is nothing that a server can be given.
    """
    path = at_home(path)
    if not path.exists():
        raise ConfigError(
            f"{path} does not exist; name the folder of a model or of an adapter, or a GGUF file."
        )
    try:
        return _gguf(path) if path.is_file() else _folder(ModelDirectory(path))
    except OSError as error:
        raise ModelUnusable(
            f"{error.filename or path} cannot be read: {error.strerror or error}."
        ) from error


def _folder(folder: ModelDirectory) -> Source:
    adapter = folder.document(ADAPTER_CONFIG, AdapterConfig)
    if adapter is not None:
        return _adapter(folder, adapter)
    config = folder.document(CONFIG, CheckpointConfig)
    if config is not None:
        return _checkpoint(folder, config)
    ggufs = folder.files("*.gguf")
    if len(ggufs) == 1 or any(map(is_part, ggufs)):
        return _gguf(ggufs[0])
    if ggufs:
        raise ModelUnusable(f"{folder.path} holds {len(ggufs)} GGUF files; name one of them.")
    raise ModelUnusable(
        f"{folder.path} holds neither {CONFIG} nor {ADAPTER_CONFIG} nor a GGUF file; name the "
        "folder that save_pretrained() wrote."
    )


def _gguf(path: Path) -> Source:
    with path.open("rb") as content:
        if content.read(len(MAGIC)) != MAGIC:
            raise ModelUnusable(
                f"{path} is no GGUF file; of a checkpoint name its folder, not one of its files."
            )
    parts = gguf_parts(path)
    headers = [gguf_header(one) for one in parts]  # of each, for a part may be cut short
    header = headers[0]
    is_adapter = header.text("general.type") == "adapter"
    file_type = header.number("general.file_type")
    return Source(
        path,
        "gguf-adapter" if is_adapter else "gguf",
        tuple(map(_file, parts)),
        header.text("general.architecture"),
        None if file_type is None else FILE_TYPES.get(file_type, f"type {file_type}"),
    )


def _checkpoint(folder: ModelDirectory, config: CheckpointConfig) -> Source:
    if config.quantized is not None:
        raise ModelUnusable(
            f"{folder.path} was saved quantized, which no server imports: save it in full "
            "precision, or merge its adapter into a base model in full precision."
        )
    return Source(folder.path, "checkpoint", _files(folder, WEIGHTS), config.architecture, None)


def classifies(adapter: Path) -> ModelUnusable:
    """Return the error that an adapter makes no model that writes."""
    return ModelUnusable(
        f"{adapter} makes a classifier of its base, and Ollama serves models that write: score it "
        "with `evaluator run --model-path`."
    )


def _adapter(folder: ModelDirectory, config: AdapterConfig) -> Source:
    if config.task_type == CLASSIFIES:
        raise classifies(folder.path)
    lost = not_understood(config)
    if lost is not None:
        raise ModelUnusable(
            f"a server would apply {folder.path} wrongly, for it does not know {lost}: merge it "
            "with `evaluator models merge` and register the merged model."
        )
    return Source(folder.path, "adapter", _files(folder, ADAPTER_WEIGHTS), None, None)


def _files(folder: ModelDirectory, weights: Sequence[str]) -> tuple[SourceFile, ...]:
    """Return the files of a model: its weights by the first pattern that any fit, and the rest."""
    heavy = next((found for pattern in weights if (found := folder.files(pattern))), [])
    if not heavy:
        raise ModelUnusable(
            f"{folder.path} holds no {weights[0]}: save the model there with "
            "save_pretrained(..., safe_serialization=True)."
        )
    beside = [path for pattern in BESIDE_WEIGHTS for path in folder.files(pattern)]
    paths = dict.fromkeys([*heavy, *beside])
    if len(paths) > MOST_FILES:
        raise ModelUnusable(
            f"{folder.path} holds {len(paths)} files of a model, more than the {MOST_FILES} that "
            "a server takes."
        )
    return tuple(map(_file, paths))


def _file(path: Path) -> SourceFile:
    state = path.stat()
    return SourceFile(path.name, path, state.st_size, state.st_mtime_ns)
