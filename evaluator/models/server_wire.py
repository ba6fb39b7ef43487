"""What is read of an Ollama server's answers about its models, as they come over the wire."""

from typing import Any

from pydantic import BaseModel, ConfigDict

ARCHITECTURE = "general.architecture"


class Details(BaseModel):
    """What a model is."""

    format: str = ""
    family: str = ""
    parameter_size: str = ""
    quantization_level: str = ""


class ServedModel(BaseModel):
    """A model on a server's disk.

    Attributes:
        model: Its name and tag.
        digest: Of its manifest.
        size: Bytes on that disk.
        modified_at: When it was made or fetched.
        details: What it is.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    digest: str = ""
    size: int = 0
    modified_at: str = ""
    details: Details = Details()


class Served(BaseModel):
    """The answer to `/api/tags`."""

    models: list[ServedModel]


class Shown(BaseModel):
    """The answer to `/api/show`."""

    model_info: dict[str, Any] = {}

    @property
    def architecture(self) -> str | None:
        """What the model's weights call their architecture; None where the server does not tell."""
        told = self.model_info.get(ARCHITECTURE)
        return told if isinstance(told, str) else None


class Step(BaseModel):
    """A line of the answer to `/api/create`."""

    status: str = ""
    error: Any = None
    completed: int = 0
    total: int = 0
