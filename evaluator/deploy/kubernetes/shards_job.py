"""The job of a run in shards: the one that merges them, where the pods go, one that is there."""

import copy
from typing import Any

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.job import (
    JOB_NAME,
    SETTINGS,
    Run,
    latest_job,
    results_path,
    run_of,
)
from evaluator.deploy.kubernetes.kinds import CLAIM, JOB
from evaluator.deploy.kubernetes.manifest import (
    COMPONENT,
    MERGE,
    Manifest,
    named,
    namespace_of,
    pod_of,
    shards_of,
)
from evaluator.deploy.kubernetes.pod import job_from
from evaluator.deploy.kubernetes.raising import DEFAULT_NAMESPACE
from evaluator.errors import DeploymentFailed

RETRIES = 4
"""Of the job that merges, as of any other."""

OF_SHARDS = (
    *("completionMode", "completions", "parallelism"),
    *("backoffLimitPerIndex", "maxFailedIndexes"),
)
"""What a job has only where it is in shards."""

OF_MANY_NODES = {"ReadWriteMany", "ReadOnlyMany"}


def merge_run(run: Run) -> Run:
    """Return the run of the job that merges another's shards."""
    return Run(run.name, f"{run.job}-{MERGE}", run.namespace)


def merge_manifest(job: Manifest, name: str) -> Manifest:
    """Return the job that merges the shards of another: the same pod, for another command.

    Args:
        job: The manifest of the shards' job.
        name: Of the run.
    """
    merge = copy.deepcopy(job)
    spec, metadata = merge["spec"], merge["metadata"]
    metadata["name"] = f"{named(job)}-{MERGE}"
    for labelled in (metadata, spec["template"]["metadata"]):
        labelled["labels"][COMPONENT] = MERGE
    for field in OF_SHARDS:
        spec.pop(field, None)
    spec["backoffLimit"] = RETRIES
    for rule in spec.get("podFailurePolicy", {}).get("rules", []):
        if rule["action"] == "FailIndex":
            rule["action"] = "FailJob"
    pod = pod_of(merge)
    pod.get("affinity", {}).pop("podAffinity", None)  # there is no pod of its own to be beside
    container = pod["containers"][0]
    # Gates and whatever else is applied at the end are as the shards were told.
    container["args"] = [MERGE, results_path(pod, name), "--log-format", "json"]
    return merge


def keep_together(cluster: Cluster, job: Manifest) -> str | None:
    """Have all shards on one node, where a claim of theirs cannot be mounted by several.

    Returns:
        The claim's name; None where they may be anywhere.
    """
    space, pod = namespace_of(job) or DEFAULT_NAMESPACE, pod_of(job)
    for volume in pod.get("volumes", []):
        name = volume.get("persistentVolumeClaim", {}).get("claimName")
        claim = cluster.get(CLAIM, space, name) if name else None
        if claim is not None and OF_MANY_NODES.isdisjoint(claim["spec"].get("accessModes", [])):
            pod["affinity"] = {**pod.get("affinity", {}), **_beside(named(job))}
            return str(name)
    return None


def _beside(job: str) -> dict[str, Any]:
    """Return the affinity of a job's pods to each other."""
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": {JOB_NAME: job}},
    }
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def run_at_work(cluster: Cluster, job: Manifest, name: str, *, fresh: bool) -> Run | None:
    """Return the run that a job would repeat: it is at work in shards, or not merged yet.

    Args:
        cluster: Where.
        job: The manifest of the job that would be started.
        name: Of the run.
        fresh: Whether the job would start over.

    Raises:
        DeploymentFailed: Another is at work in the same directory, and one of the two is in shards.
    """
    latest = latest_job(cluster, namespace_of(job) or DEFAULT_NAMESPACE, name)
    if latest is None or (shards_of(latest) is None and shards_of(job) is None):
        return None
    found, said = run_of(latest, name), job_from(latest)
    settings = [one["metadata"].get("annotations", {}).get(SETTINGS) for one in (latest, job)]
    is_same = settings[0] == settings[1] and not fresh
    if said.condition("Complete", "Failed") is None:
        if is_same:
            return found
        pieces = "one piece" if found.shards is None else f"{found.shards} shards"
        raise DeploymentFailed(
            f"the job {found.job} of the name {name} is at work in {pieces} with other settings; "
            f"wait for it, or delete it by `evaluator k8s down {found.words}`: what it did stays."
        )
    is_merged = _is_over(cluster, merge_run(found))
    return found if is_same and said.condition("Complete") and not is_merged else None


def _is_over(cluster: Cluster, run: Run) -> bool:
    found = cluster.get(JOB, run.namespace, run.job)
    return found is not None and job_from(found).condition("Complete", "Failed") is not None
