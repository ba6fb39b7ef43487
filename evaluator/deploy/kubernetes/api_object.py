"""The least that an object of the API has, on which whoever asked for it relies."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class _Metadata(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class _Object(BaseModel):
    model_config = ConfigDict(strict=True)

    metadata: _Metadata
    spec: dict[str, Any] = {}


def is_object(answer: object) -> bool:
    """Whether an answer is an object with a name, whose labels and specification can be read."""
    try:
        _Object.model_validate(answer)
    except ValidationError:
        return False
    return True
