"""How many there are: judges side by side, and shards of the job."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from evaluator.deploy.kubernetes.manifest import (
    COMPONENT,
    JOB,
    JUDGES,
    Manifest,
    generated,
    named,
    of_kind,
    pod_of,
    shards_of,
    the_job,
)
from evaluator.errors import ConfigError

REPLICATED = "StatefulSet"
"""What judges side by side are: each has a name and a volume of its own."""

SHARD_FLAG = "--shard"


def components(
    manifests: tuple[Manifest, ...], judge_replicas: int | None, shards: int | None
) -> Iterator[str]:
    """Yield the shipped components that make what there is one of into several.

    Raises:
        ConfigError: The overlay has no judge.
    """
    if judge_replicas is not None:
        kinds = {one["kind"] for one in of_kind(manifests, *JUDGES)}
        if not kinds:
            raise ConfigError(
                "--judge-replicas cannot be given for an overlay without a judge; leave it out."
            )
        if REPLICATED not in kinds:
            yield "replicas"
    if shards is not None and shards_of(the_job(manifests)) is None:
        yield "shards"


def judge_patches(manifests: tuple[Manifest, ...], replicas: int) -> Iterator[dict[str, Any]]:
    """Yield what makes so many judges of an overlay of several."""
    for judge in of_kind(manifests, REPLICATED):
        change = {"op": "replace", "path": "/spec/replicas", "value": replicas}
        target = {"kind": REPLICATED, "name": f"^{named(judge)}$"}
        yield {"target": target, "patch": json.dumps([change])}


def judge_url(manifests: tuple[Manifest, ...]) -> str:
    """Return the address of all judges together: of their Service, whose name leads to those ready.

    An overlay may name them one by one; then one that is gone would keep a run from beginning.
    """
    (judge,) = (named(one) for one in of_kind(manifests, REPLICATED))
    said = (one["data"].get("JUDGE_URL") for one in generated(manifests, "judge"))
    url = urlsplit(next(filter(None, said)).split()[0])
    pod, _, rest = str(url.hostname).partition(".")
    service = rest if re.fullmatch(rf"{re.escape(judge)}-\d+", pod) else url.hostname
    return f"{url.scheme}://{service}:{url.port}"


def shard_patches(manifests: tuple[Manifest, ...], shards: int) -> Iterator[dict[str, Any]]:
    """Yield what makes so many shards of an overlay whose job has some."""
    args = [*pod_of(the_job(manifests))["containers"][0]["args"]]
    args[args.index(SHARD_FLAG) + 1] = str(shards)
    values = {
        "/spec/completions": shards,
        "/spec/parallelism": shards,
        "/spec/maxFailedIndexes": max(1, shards // 4),
        "/spec/template/spec/containers/0/args": args,
    }
    # Not by name: that of the job that merges was the same before the overlay changed it.
    yield {
        "target": {"kind": JOB, "labelSelector": f"{COMPONENT}=job"},
        "patch": json.dumps(
            [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
        ),
    }
