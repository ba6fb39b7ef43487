"""A model as the server shows it."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

MODIFIED_AT = "2025-01-02T03:04:05.678901234Z"
CHATML = (
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
    "<|im_start|>assistant\n"
)
PASS_THROUGH = "{{ .Prompt }}"


def full_name(name: str) -> str:
    """Return a model's name in lower case and with its tag, which is `latest` by default."""
    name = name.strip().lower()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model on the server or in its registry.

    Attributes:
        name: Its name, with or without a tag.
        base: Whether it is a base model, whose template passes the prompt through; an instruct
            model has a chatml template.
        digest: Of its manifest, as 64 hexadecimal digits; None makes one from the name.
        size: Bytes on disk.
        family: Its architecture.
        context_length: Tokens that it was trained for.
        capabilities: What it can do, such as `thinking`.
        gpu_share: Part of it that fits on the GPU.
        load_seconds: Time that loading takes.
        quantization: How its weights are stored.
        made_with: What it was created with besides its files, as JSON.
    """

    name: str
    base: bool = False
    digest: str | None = None
    size: int = 2_019_393_189
    family: str = "llama"
    context_length: int = 131_072
    capabilities: tuple[str, ...] = ("completion",)
    gpu_share: float = 1.0
    load_seconds: float = 0.0
    quantization: str = "Q4_K_M"
    made_with: str = "{}"

    @property
    def full_name(self) -> str:
        """Name and tag."""
        return full_name(self.name)

    @property
    def manifest_digest(self) -> str:
        """The digest without `sha256:`, as `/api/tags` shows it."""
        digest = self.digest or hashlib.sha256(self.full_name.encode()).hexdigest()
        return digest.removeprefix("sha256:")

    @property
    def template(self) -> str:
        """Its prompt template, in Go's template language."""
        return PASS_THROUGH if self.base else CHATML

    @property
    def details(self) -> dict[str, Any]:
        """The part that several answers share."""
        return {
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": "3.2B",
            "quantization_level": self.quantization,
        }

    def changed(self, **changes: Any) -> "ServedModel":
        """Return a model that differs in some attributes."""
        return replace(self, **changes)

    def render(self, messages: list[dict[str, Any]]) -> str:
        """Return a chat as the model's template writes it."""
        if self.base:
            # The template has no place for the system message.
            kept = (turn for turn in messages if turn["role"] != "system")
            return "".join(turn.get("content", "") for turn in kept)
        turns = (
            f"<|im_start|>{turn['role']}\n{turn.get('content', '')}<|im_end|>\n"
            for turn in messages
        )
        return "".join(turns) + "<|im_start|>assistant\n"
