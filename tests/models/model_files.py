"""Small files that look like models: headers that are right, and weights of a few bytes."""

import json
import struct
from pathlib import Path
from typing import Any

F16, Q4_K_M = 1, 15
ALIGNMENT = 32
NAMES = ("model.norm.weight", "lm_head.weight")
MODULE = "base_model.model.model.layers.0.self_attn.q_proj"
LORA = (f"{MODULE}.lora_A.weight", f"{MODULE}.lora_B.weight")


def gguf_bytes(architecture: str = "llama", file_type: int = F16, kind: str = "model") -> bytes:
    """Return a GGUF file without tensors."""
    texts = {"general.architecture": architecture, "general.type": kind}
    values = b"".join(
        _text(key) + struct.pack("<I", 8) + _text(value) for key, value in texts.items()
    )
    values += _text("general.file_type") + struct.pack("<II", 4, file_type)
    content = b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + values
    return content + b"\x00" * (-len(content) % ALIGNMENT)


def _text(value: str) -> bytes:
    content = value.encode()
    return struct.pack("<Q", len(content)) + content


def write_gguf(path: Path, *, padding: int = 0, **said: Any) -> Path:
    """Write a GGUF file, with bytes after its header to make it larger."""
    path.write_bytes(gguf_bytes(**said) + b"\x00" * padding)
    return path


def write_checkpoint(folder: Path, architecture: str = "LlamaForCausalLM", **config: Any) -> Path:
    """Write what `save_pretrained()` leaves of a model in two shards, with its tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"architectures": [architecture], "vocab_size": 1, **config}
    (folder / "config.json").write_text(json.dumps(settings), "utf-8")
    words = {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "added_tokens": []}
    (folder / "tokenizer.json").write_text(json.dumps(words), "utf-8")
    (folder / "tokenizer_config.json").write_text("{}", "utf-8")
    shards = [f"model-{number:05d}-of-00002.safetensors" for number in (1, 2)]
    for number, shard in enumerate(shards):
        (folder / shard).write_bytes(safetensors_bytes(NAMES[number]))
    index = {"weight_map": dict(zip(NAMES, shards, strict=True))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    (folder / "README.md").write_text("not a part of the model", "utf-8")
    return folder


def write_adapter(folder: Path, **config: Any) -> Path:
    """Write what PEFT leaves of a LoRA adapter."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"peft_type": "LORA", "base_model_name_or_path": "meta/base", "r": 2, **config}
    (folder / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    (folder / "adapter_model.safetensors").write_bytes(safetensors_bytes(*LORA))
    return folder


def safetensors_bytes(*names: str) -> bytes:
    """Return a safetensors file of tensors of one number each."""
    header = {
        name: {"dtype": "F32", "shape": [1, 1], "data_offsets": [4 * at, 4 * at + 4]}
        for at, name in enumerate(names)
    }
    content = json.dumps(header).encode()
    return struct.pack("<Q", len(content)) + content + b"\x01\x02\x03\x04" * len(names)
