"""Models of strangers, looked at without loading them, and the files that describe them."""

import json
from pathlib import Path

from evaluator.models.inspecting import inspect_model
from evaluator.models.modelfile_lint import lint, read_modelfile
from evaluator.models.surroundings import Surroundings
from fuzz.promise import split, written

HERE = Surroundings(2048)
CONFIG = {"model_type": "gpt2", "architectures": ["GPT2ForSequenceClassification"]}
TENSORS = {"a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}


def _safetensors(header: bytes, content: bytes = bytes(16)) -> bytes:
    return len(header).to_bytes(8, "little") + header + content


def modelfile(data: bytes, folder: Path) -> None:
    path = written(folder, "Modelfile", data)
    for finding in lint(read_modelfile(path), folder):
        assert finding.line >= 1


def gguf(data: bytes, folder: Path) -> None:
    inspect_model(written(folder, "model.gguf", data), None, HERE)


def checkpoint(data: bytes, folder: Path) -> None:
    """A checkpoint of which one file is the input."""
    form, content = split(data, 5)
    files = {
        "config.json": json.dumps(CONFIG).encode(),
        "model.safetensors": _safetensors(json.dumps(TENSORS).encode()),
    }
    name = ("config.json", "model.safetensors", "model.safetensors", "tokenizer.json")[form % 4]
    files[name] = _safetensors(content) if form == 2 else content
    if form == 4:
        files["model.safetensors.index.json"] = content
    for other, held in files.items():
        written(folder, other, held)
    inspect_model(folder, None, HERE)


def adapter(data: bytes, folder: Path) -> None:
    form, content = split(data, 2)
    settings = content if form == 0 else b'{"peft_type": "LORA", "r": 4}'
    written(folder, "adapter_config.json", settings)
    header = content if form == 1 else json.dumps(TENSORS).encode()
    written(folder, "adapter_model.safetensors", _safetensors(header))
    inspect_model(folder, None, HERE)
