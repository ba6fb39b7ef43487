"""The settings of a run that happens in a pod, where no path of this machine is."""

import logging
from pathlib import Path, PurePosixPath

import yaml

from evaluator.errors import ConfigError
from evaluator.run.configuration import read_config, settings_from
from evaluator.run.settings import RunSettings
from evaluator.storage.location import is_url

logger = logging.getLogger(__name__)

OF_THE_CLUSTER = ("judge", "judge_model", "judge_url")
"""Settings that the job's environment gives, which wins over the file."""


def config_for_pod(path: Path) -> str:
    """Return a configuration file's settings as YAML for the job.

    Raises:
        ConfigError: The file cannot be used, or names a path that cannot be one of a pod.
    """
    settings_from(RunSettings, path, {})
    values = read_config(path, RunSettings)
    for name, field in RunSettings.model_fields.items():
        given = values.get(name)
        if given is None or name == "save_to" or "Path" not in str(field.annotation):
            continue
        if not is_url(str(given)) and not PurePosixPath(str(given)).is_absolute():
            raise ConfigError(
                f"{path}: '{name}' is '{given}', which is on this machine; give a path in the pod, "
                "such as /in/…, where the volume evaluator-inputs is, or a URL."
            )
    void = [name for name in OF_THE_CLUSTER if name in values]
    if void:
        logger.warning("%s: %s does not count; the judge is the overlay's", path, ", ".join(void))
    text: str = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    return text
