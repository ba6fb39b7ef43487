"""What a command reads, brought here from where its URLs say."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from evaluator.errors import ConfigError, DataUnusable, EvaluatorError, ModelUnusable
from evaluator.run.settings import Settings
from evaluator.storage.copies import fetched
from evaluator.storage.location import is_url, located

AnySettings = TypeVar("AnySettings", bound=Settings)

INPUTS: Mapping[str, type[EvaluatorError]] = {
    "data": DataUnusable,
    "predictions": DataUnusable,
    "labels": DataUnusable,
    "overrides": DataUnusable,
    "matrix": ConfigError,
    "rubric": ConfigError,
    "calibration": ConfigError,
    "model_path": ModelUnusable,
    "base_model": ModelUnusable,
}
"""The settings that may name something at a URL, and what it is where that cannot be read."""


def with_inputs_here(settings: AnySettings, only: Collection[str] = INPUTS.keys()) -> AnySettings:
    """Return settings in which every input is on this machine.

    Args:
        settings: Whose inputs may be anywhere.
        only: Names of the settings whose inputs are needed.

    Raises:
        ConfigError: The kind of a URL is unknown, or what reads it is not installed.
        StorageFailed: The cache cannot be written.
        EvaluatorError: There is nothing at a URL, of the kind that the setting says.
    """
    found: dict[str, Any] = {}
    for name in only:
        value, unusable = getattr(settings, name, None), INPUTS[name]
        if isinstance(value, Path):
            found[name] = fetched(value, unusable)
        elif isinstance(value, str) and is_url(value):
            found[name] = str(fetched(located(value), unusable))
    return settings.model_copy(update=found)
