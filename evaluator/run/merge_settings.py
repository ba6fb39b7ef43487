"""The settings of a merged run: the shards' own, and what is said to the merge."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evaluator.errors import ConfigError
from evaluator.run.configuration import RIVALS, explained
from evaluator.run.provenance import changes
from evaluator.run.settings import RunSettings
from evaluator.run.shard_set import DoneShard

logger = logging.getLogger(__name__)

APPLIED_AT_THE_END = (
    "threshold",
    "max_unscored",
    "min_judge_auc",
    "fail_under",
    "fail_under_lower_bound",
    "min_accuracy",
    "overrides",
    "junit",
)
"""Settings that no shard applies; those of the shards count where the merge is given none."""

WHO_IS_ASKED_AND_HOW = (
    "judge",
    "judge_model",
    "judge_url",
    "ca_file",
    "pull",
    "concurrency",
    "timeout",
    "retries",
)
"""Settings that the merge applies where the shards left it to ask the judge."""


def merged_settings(
    shards: Sequence[DoneShard], given: Mapping[str, Any], save_to: Path
) -> RunSettings:
    """Return the settings of the run that shards make up.

    Args:
        shards: All of them.
        given: What is said to the merge; the shards' own counts where something is missing.
        save_to: Where the run is written.

    Raises:
        ConfigError: The shards were told different things, or a setting is unusable.
    """
    first = shards[0].record.config
    applied: tuple[str, ...] = APPLIED_AT_THE_END
    if shards[0].has_verdicts:
        given = _without_a_judge(shards[0], given)
    else:
        applied = (*applied, *WHO_IS_ASKED_AND_HOW)
    void = RIVALS["judge"] if "judge" in given else set()
    free = [name for name in applied if name not in given and name not in void]
    for other in shards[1:]:
        apart = changes(
            {name: first.get(name) for name in free},
            {name: other.record.config.get(name) for name in free},
        )
        if apart:
            raise ConfigError(
                f"{other.shard} and {shards[0].shard} were given different settings for the end: "
                f"{'; '.join(apart)}; say to `evaluator merge` which ones count."
            )
    kept = {name: value for name, value in first.items() if name not in void}
    values = {**kept, "shard": None, "fresh": False, "save_to": save_to, **given}
    try:
        return RunSettings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explained(error)) from error


def _without_a_judge(first: DoneShard, given: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is said of a judge, who is not asked any more."""
    asked = first.record.config.get("judge")
    if "judge" in given and list(given["judge"]) != asked:
        logger.warning(
            "%s has the verdicts of %s, and the merge asks nobody: --judge changes nothing",
            first.shard,
            ", ".join(asked) if isinstance(asked, list) else asked,
        )
    return {name: value for name, value in given.items() if name not in WHO_IS_ASKED_AND_HOW}
