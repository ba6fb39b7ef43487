"""Models of strangers, looked at without loading them, and the files that describe them."""

import json
from importlib import import_module
from pathlib import Path

from evaluator.models.directory import ModelDirectory
from evaluator.models.inspecting import inspect_model
from evaluator.models.inspecting_adapter import adapter_config
from evaluator.models.inspecting_checkpoint import checkpoint_config
from evaluator.models.lora_tensors import adapter_tensors
from evaluator.models.merge_plan import plan_merge
from evaluator.models.modelfile_lint import lint, read_modelfile
from evaluator.models.recipe import recipe_of_modelfile
from evaluator.models.source import read_source
from evaluator.models.surroundings import Surroundings
from evaluator.models.weights import adapter_weights, checkpoint_weights
from fuzz.promise import damaged, split, written

HERE = Surroundings(2048)
CONFIG = {"model_type": "gpt2", "architectures": ["GPT2ForSequenceClassification"]}
TENSORS = {"a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}
LORA = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["c"], "bias": "none"}
MATRICES = {
    "base_model.model.c.lora_A.weight": {"dtype": "F32", "shape": [2, 4], "data_offsets": [0, 32]},
    "base_model.model.c.lora_B.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [32, 48]},
}
BASE = {**CONFIG, "n_embd": 4, "n_layer": 1, "n_head": 1, "vocab_size": 2}
WEIGHTS = {
    "c.weight": {"dtype": "F32", "shape": [2, 4], "data_offsets": [0, 32]},
    "wte.weight": {"dtype": "F32", "shape": [2, 4], "data_offsets": [32, 64]},
}
TOKENIZER = {
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
    "added_tokens": [{"id": 2, "content": "c"}],
}


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


def tokenizer(data: bytes, folder: Path) -> None:
    """A checkpoint whose tokenizer says something else, in either of its files."""
    choice, content = split(data, 3)
    files = {
        "config.json": json.dumps(CONFIG).encode(),
        "model.safetensors": _safetensors(json.dumps(TENSORS).encode()),
        "tokenizer_config.json": b'{"chat_template": "x"}',
    }
    name = ("tokenizer.json", "tokenizer_config.json", "vocab.json")[choice]
    files[name] = damaged(TOKENIZER, content) if choice == 0 else content
    for other, held in files.items():
        written(folder, other, held)
    inspect_model(folder, None, HERE)


def source(data: bytes, folder: Path) -> None:
    """What is to be given to a server, with the Modelfile that says how."""
    choice, content = split(data, 4)
    model = folder / "model"
    model.mkdir()
    if choice == 0:
        read_source(written(folder, "a.gguf", content))
    elif choice == 3:
        recipe_of_modelfile(written(folder, "Modelfile", content), has_source=True)
    else:
        name, told, weights = (
            ("config.json", CONFIG, "model.safetensors"),
            ("adapter_config.json", LORA, "adapter_model.safetensors"),
        )[choice - 1]
        written(model, name, damaged(told, content))
        written(model, weights, _safetensors(json.dumps(TENSORS).encode()))
        read_source(model)


def merge(data: bytes, folder: Path) -> None:
    """An adapter and its base, of which one file says something else, planned to be merged."""
    import_module("peft.utils.other")  # which planning does late
    choice, content = split(data, 4)
    told = [LORA, MATRICES, BASE, WEIGHTS]
    sent = [json.dumps(one).encode() for one in told]
    sent[choice] = damaged(told[choice], content)
    base, lora = folder / "base", folder / "lora"
    base.mkdir()
    lora.mkdir()
    written(lora, "adapter_config.json", sent[0])
    written(lora, "adapter_model.safetensors", _safetensors(sent[1], bytes(48)))
    written(base, "config.json", sent[2])
    written(base, "model.safetensors", _safetensors(sent[3], bytes(64)))
    config = adapter_config(ModelDirectory(lora))
    weights, base_config = (
        adapter_weights(ModelDirectory(lora)),
        checkpoint_config(ModelDirectory(base)),
    )
    for file in weights.files:
        plan = plan_merge(
            config,
            adapter_tensors(weights.tensors),
            file,
            base_config,
            checkpoint_weights(ModelDirectory(base)),
        )
        assert plan.size >= 0
