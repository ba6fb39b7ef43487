"""What an API server refuses of a job though the schema allows it, as its validation says."""

import re
from collections.abc import Iterator
from typing import Any

from k8s.manifests import Manifest, containers, pod_of

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
MOST_INDEXES = 100_000


def not_valid(job: Manifest) -> Iterator[str]:
    """Yield what a real server would refuse of a job."""
    spec, pod = job["spec"], pod_of(job)
    is_indexed = spec.get("completionMode") == "Indexed"
    if pod["restartPolicy"] not in ("Never", "OnFailure"):
        yield "restartPolicy"
    if not is_indexed and ("backoffLimitPerIndex" in spec or "maxFailedIndexes" in spec):
        yield "limits of indexes without indexes"
    if is_indexed:
        yield from _not_valid_indexed(job["metadata"]["name"], spec)
    if "podFailurePolicy" in spec:
        if pod["restartPolicy"] != "Never":
            yield "podFailurePolicy needs restartPolicy Never"
        if spec.get("podReplacementPolicy", "Failed") != "Failed":
            yield "podFailurePolicy needs podReplacementPolicy Failed"
        names = {one["name"] for one in containers(pod)}
        for rule in spec["podFailurePolicy"]["rules"]:
            yield from _not_valid_rule(rule, names, per_index="backoffLimitPerIndex" in spec)


def _not_valid_indexed(name: str, spec: dict[str, Any]) -> Iterator[str]:
    completions = spec.get("completions")
    if completions is None:
        yield "completions"
        return
    if not (0 < spec.get("parallelism", 1) <= MOST_INDEXES and completions <= MOST_INDEXES):
        yield "too many indexes"
    if "maxFailedIndexes" in spec and "backoffLimitPerIndex" not in spec:
        yield "maxFailedIndexes needs backoffLimitPerIndex"
    if spec.get("maxFailedIndexes", 0) > completions:
        yield "maxFailedIndexes > completions"
    if LABEL.fullmatch(f"{name}-{completions - 1}") is None:
        yield "a pod's host name"


def _not_valid_rule(rule: dict[str, Any], names: set[str], *, per_index: bool) -> Iterator[str]:
    if rule["action"] not in ("Ignore", "Count", "FailJob", "FailIndex"):
        yield "action"
    if rule["action"] == "FailIndex" and not per_index:
        yield "FailIndex needs backoffLimitPerIndex"
    codes = rule.get("onExitCodes")
    if (codes is None) == ("onPodConditions" not in rule):
        yield "a rule has either exit codes or conditions"
    if codes is None:
        return
    values = codes["values"]
    if values != sorted(set(values)) or (codes["operator"] == "In" and 0 in values):
        yield "exit codes"
    if codes.get("containerName") not in {None, *names}:
        yield "containerName"
