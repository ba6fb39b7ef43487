"""The job of one run: an overlay's, under a name of its own and with settings of its own."""

import copy
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.kinds import JOB, kind_of
from evaluator.deploy.kubernetes.manifest import (
    JUDGES,
    Manifest,
    generated,
    is_merge,
    named,
    namespace_of,
    of_kind,
    pod_of,
    shards_of,
    the_job,
)
from evaluator.deploy.kubernetes.ownership import owned, runs_of
from evaluator.deploy.kubernetes.raising import DEFAULT_NAMESPACE, is_ready
from evaluator.errors import ConfigError, DeploymentFailed

JOB_NAME = "batch.kubernetes.io/job-name"
"""The label that says of a pod whose it is."""

SETTINGS = "evaluator-settings-sha256"
"""The annotation that tells a job's settings from those of another."""

RESULTS = "results"
"""Name of the volume that the run directory is on."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run's job in a cluster.

    Attributes:
        name: Whose run it is, or what it is called.
        job: The job's name.
        namespace: Where it is.
        shards: Of the job; None where it is in one piece.
    """

    name: str
    job: str
    namespace: str
    shards: int | None = None

    @property
    def pods(self) -> str:
        """The selector of its pods."""
        return f"{JOB_NAME}={self.job}"

    @property
    def words(self) -> str:
        """The flags that name it."""
        return f"--name {self.name} --namespace {self.namespace}"


def results_path(pod: dict[str, Any], name: str) -> str:
    """Return where in a pod the run directory of a name is.

    Raises:
        ConfigError: The pod has no volume for results, or one that is gone with it.
    """
    if any(one["name"] == RESULTS and "emptyDir" in one for one in pod.get("volumes", [])):
        raise ConfigError(
            f"the job's volume '{RESULTS}' is gone with its pod, with all results; "
            "start this overlay by `kubectl apply -k`."
        )
    for mount in pod["containers"][0].get("volumeMounts", []):
        if mount["name"] == RESULTS:
            return f"{mount['mountPath'].rstrip('/')}/{name}"
    raise ConfigError(f"the job mounts no volume called '{RESULTS}', so nothing of it could stay.")


def run_manifests(
    manifests: tuple[Manifest, ...], name: str, own: str, *, fresh: bool
) -> tuple[Manifest, tuple[Manifest, ...]]:
    """Return the job of a run and the ConfigMaps that it alone reads, all of the job's own name.

    The judge's name and address are written into the job, so that it does not change its mind when
    somebody starts the judge anew with other settings.
    """
    job = owned(the_job(manifests), name)
    settings = {named(one): one for one in generated(manifests, "evaluation")}
    was = named(job)
    job["metadata"]["name"] = own
    pod = pod_of(job)
    container = pod["containers"][0]
    container["args"] = [
        *container.get("args", []),
        *("--save-to", results_path(pod, name)),
        *(["--fresh"] if fresh else []),
    ]
    container["env"] = [_resolved(one, manifests, job) for one in container.get("env", [])]
    made = []
    for volume in pod.get("volumes", []):
        read = volume.get("configMap", {}).get("name")
        if read in settings:
            volume["configMap"]["name"] = own
            content = owned(copy.deepcopy(settings[read]), name)
            content["metadata"]["name"] = own
            made.append(content)
    if not made:
        raise ConfigError(f"the job {was} reads no settings that the overlay makes.")
    job["metadata"]["annotations"] = {
        **job["metadata"].get("annotations", {}),
        SETTINGS: _digest(job, made),
    }
    return job, tuple(made)


def _digest(job: Manifest, settings: list[Manifest]) -> str:
    """Return what is equal for two jobs that do the same, whatever their names are."""
    text = json.dumps([job["spec"], [one["data"] for one in settings]], sort_keys=True)
    return hashlib.sha256(text.replace(named(job), "").encode()).hexdigest()


def _resolved(
    variable: dict[str, Any], manifests: tuple[Manifest, ...], job: Manifest
) -> dict[str, Any]:
    """Return a variable of the job with its value, where the overlay knows it."""
    key = variable.get("valueFrom", {}).get("configMapKeyRef")
    for one in generated(manifests, "judge") if key else ():
        if named(one) == key["name"] and namespace_of(one) == namespace_of(job):
            return {"name": variable["name"], "value": one["data"][key["key"]]}
    return variable


def check_judges(cluster: Cluster, manifests: tuple[Manifest, ...]) -> None:
    """Raise what keeps the judges of an overlay from answering.

    Raises:
        DeploymentFailed: One is not there, not ready, or another.
    """
    for judge in of_kind(manifests, *JUDGES):
        _check_judge(cluster, judge)


def start_job(cluster: Cluster, job: Manifest, settings: tuple[Manifest, ...], name: str) -> Run:
    """Start the job of a run.

    Args:
        cluster: Where.
        job: Its manifest.
        settings: The ConfigMaps that it alone reads.
        name: Of the run.

    Raises:
        DeploymentFailed: Something is refused.
    """
    for one in settings:
        cluster.apply(one)
    made = cluster.apply(job)
    for one in settings:  # they go when the job goes
        if not cluster.dry_run:
            one["metadata"]["ownerReferences"] = [owner_of(made)]
            cluster.apply(one)
    return run_of(job, name)


def owner_of(job: Manifest) -> dict[str, str]:
    """Return a reference to a job, as the cluster has it, for what goes when it goes."""
    return {
        "apiVersion": "batch/v1",
        "kind": JOB.name,
        "name": named(job),
        "uid": job["metadata"].get("uid", ""),
    }


def run_of(job: Manifest, name: str) -> Run:
    """Return the run of a name whose job is given."""
    return Run(name, named(job), namespace_of(job) or DEFAULT_NAMESPACE, shards_of(job))


def _check_judge(cluster: Cluster, judge: Manifest) -> None:
    """Raise what keeps a judge from answering, which a job would try for long to find out."""
    space = namespace_of(judge) or DEFAULT_NAMESPACE
    found = cluster.get(kind_of(judge["kind"]), space, named(judge))
    if found is None:
        wrong = "is not there"
    elif _settings_read(found) not in (None, _settings_read(judge)):
        wrong = "was started with another model or address"
    elif not is_ready(found):
        wrong = "is not ready"
    else:
        return
    raise DeploymentFailed(
        f"the judge {named(judge)} in the namespace {space} {wrong}; start it, and wait for it, by "
        "`evaluator k8s up` with the same flags."
    )


def _settings_read(judge: Manifest) -> str | None:
    """Return the ConfigMap that a judge reads, whose name says its content; None without one."""
    for variable in pod_of(judge)["containers"][0].get("env", []):
        key = variable.get("valueFrom", {}).get("configMapKeyRef")
        if key is not None:
            return str(key["name"])
    return None


def latest_run(cluster: Cluster, namespace: str, name: str) -> tuple[Run, Manifest]:
    """Return the latest run of a name, and its job as the cluster has it.

    Raises:
        DeploymentFailed: There is none.
    """
    latest = latest_job(cluster, namespace, name)
    if latest is None:
        raise DeploymentFailed(
            f"there is no run of the name {name} in the namespace {namespace}; --name and "
            "--namespace name others, `evaluator k8s run` starts one."
        )
    return run_of(latest, name), latest


def latest_job(cluster: Cluster, namespace: str, name: str) -> Manifest | None:
    """Return the job of the latest run of a name; None where there is none."""
    found, _ = cluster.list(JOB, namespace, runs_of(name))
    jobs = (one for one in found if not is_merge(one))
    return max(jobs, key=lambda one: str(one["metadata"].get("creationTimestamp")), default=None)
