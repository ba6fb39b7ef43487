"""Deleting what was made here, and nothing else."""

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.kinds import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    JOB,
    NETWORK_POLICY,
    POD,
    SERVICE,
    STATEFUL_SET,
)
from evaluator.deploy.kubernetes.manifest import named
from evaluator.deploy.kubernetes.ownership import INSTANCE, OURS, runs_of
from evaluator.deploy.kubernetes.pod import job_from
from evaluator.errors import DeploymentFailed

OF_RUNS = (JOB, POD, CONFIG_MAP)
OF_JUDGES = (DEPLOYMENT, STATEFUL_SET, SERVICE, NETWORK_POLICY)


def remove(cluster: Cluster, namespace: str, name: str | None, *, volumes: bool) -> list[str]:
    """Delete what was made in a namespace and return it.

    Args:
        cluster: Where.
        namespace: In which namespace.
        name: Only the runs of this name; None for the judge and everybody's runs.
        volumes: Whether the claims go, too, with the judge's models and all results.

    Raises:
        DeploymentFailed: Others' jobs are at work, or deleting is not allowed.
    """
    if name is None:
        _check_idle(cluster, namespace)
    labels = OURS if name is None else runs_of(name)
    kinds = [*OF_RUNS, *(OF_JUDGES if name is None else ()), *((CLAIM,) if volumes else ())]
    gone = []
    for kind in kinds:
        for one in cluster.list(kind, namespace, labels)[0]:
            if kind is POD and one["metadata"].get("ownerReferences"):
                continue  # it goes with its owner
            cluster.delete(kind, namespace, named(one))
            gone.append(f"{kind.name} {named(one)}")
    return gone


def _check_idle(cluster: Cluster, namespace: str) -> None:
    """Raise that the judge is needed while jobs are at work."""
    at_work = {
        str(one["metadata"].get("labels", {}).get(INSTANCE, ""))
        for one in cluster.list(JOB, namespace, OURS)[0]
        if job_from(one).condition("Complete", "Failed") is None
    }
    if at_work:
        raise DeploymentFailed(
            f"jobs are at work in the namespace {namespace}, of the names "
            f"{', '.join(sorted(at_work))}; wait for them, or delete them by --name first."
        )
