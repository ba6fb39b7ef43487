"""Making a judge in a cluster, and waiting until it answers."""

import logging
from collections.abc import Iterator

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.kinds import KINDS, NAMESPACE, kind_of
from evaluator.deploy.kubernetes.manifest import (
    JOB,
    JUDGES,
    Manifest,
    generated,
    named,
    namespace_of,
    of_kind,
)
from evaluator.deploy.kubernetes.ownership import is_ours, owned
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.pod import Condition, Event, Pod
from evaluator.deploy.kubernetes.seeing import await_change, pods_of, trouble_with
from evaluator.deploy.kubernetes.trouble import Scene, Trouble, trouble_of
from evaluator.errors import DeploymentFailed

logger = logging.getLogger(__name__)

DEFAULT_NAMESPACE = "default"


def lasting(manifests: tuple[Manifest, ...]) -> list[Manifest]:
    """Return what stays when a run ends, in the order in which it is made.

    That is all but the job and its settings: judge, volumes, network policies.
    """
    settings = {named(one) for one in generated(manifests, "evaluation")}
    order = list(KINDS)
    for one in manifests:
        kind_of(one["kind"])
    stays = (
        one
        for one in manifests
        if one["kind"] != JOB and not (one["kind"] == "ConfigMap" and named(one) in settings)
    )
    return sorted(stays, key=lambda one: order.index(one["kind"]))


def raise_judge(
    cluster: Cluster, manifests: tuple[Manifest, ...], deadline: Deadline, *, take_over: bool
) -> None:
    """Make judge and volumes, and wait until the judge is ready.

    Args:
        cluster: Where.
        manifests: What an overlay makes.
        deadline: Until when the judge is waited for.
        take_over: Whether fields that others manage become ours.

    Raises:
        DeploymentFailed: A judge of another kind is there, something is refused, or the judge is
            not ready in time.
    """
    for judge in of_kind(manifests, *JUDGES):
        _require_no_other_kind(cluster, judge)
    for manifest in lasting(manifests):
        if manifest["kind"] == "Namespace" and cluster.get(NAMESPACE, None, named(manifest)):
            continue  # who may use a namespace often may not change it
        cluster.apply(owned(manifest), take_over=take_over)
        logger.info("%s %s", manifest["kind"], named(manifest))
    if cluster.dry_run:
        return
    for judge in of_kind(manifests, *JUDGES):
        _await_ready(cluster, judge, deadline)
        logger.info("the judge %s is ready", named(judge))


def _require_no_other_kind(cluster: Cluster, judge: Manifest) -> None:
    """Refuse to make several judges beside the one of their name, or one beside several.

    They would have the same labels, and the Service of one cannot become that of several.
    """
    space, name = namespace_of(judge) or DEFAULT_NAMESPACE, named(judge)
    for other in JUDGES:
        found = cluster.get(kind_of(other), space, name) if other != judge["kind"] else None
        if found is None:
            continue
        removed_by = f"evaluator k8s down --namespace {space}"
        if not is_ours(found):
            removed_by = f"kubectl -n {space} delete {other.lower()},service {name}"
        raise DeploymentFailed(
            f"the judge {name} in the namespace {space} is there as a {other}, and as a "
            f"{judge['kind']} it would be another one: `{removed_by}` first; volumes stay."
        )


def _await_ready(cluster: Cluster, judge: Manifest, deadline: Deadline) -> None:
    """Wait for a workload, and tell each trouble on the way once."""
    kind, name = kind_of(judge["kind"]), named(judge)
    space = namespace_of(judge) or DEFAULT_NAMESPACE
    labels = ",".join(
        f"{key}={value}" for key, value in judge["spec"]["selector"]["matchLabels"].items()
    )
    told = ""
    while True:
        found = cluster.get(kind, space, name)
        if found is not None and is_ready(found):
            return
        pods, version = pods_of(cluster, space, labels)
        trouble = trouble_with(cluster, space, kind.name, name, pods) or _not_allowed(found)
        if trouble is not None and trouble.is_hopeless:
            raise DeploymentFailed(trouble.sentence)
        now = trouble.sentence if trouble else f"{name}: {', '.join(_stages(pods)) or 'no pod yet'}"
        if deadline.passed:
            raise DeploymentFailed(
                f"the judge {name} is not ready after {deadline.seconds:g} s (--timeout): {now}"
            )
        if now != told:
            logger.log(logging.INFO if trouble is None else logging.WARNING, "%s", now)
            told = now
        await_change(cluster, space, labels, version, deadline)


def is_ready(workload: Manifest) -> bool:
    """Whether all pods of a workload are of its latest version and ready."""
    status, wanted = workload.get("status", {}), workload["spec"].get("replicas", 1)
    seen = status.get("observedGeneration", 0) >= workload["metadata"].get("generation", 0)
    counts = (status.get("updatedReplicas", 0), status.get("readyReplicas", 0))
    return seen and counts == (wanted, wanted) and status.get("replicas", 0) == wanted


def _not_allowed(workload: Manifest | None) -> Trouble | None:
    """Return why a deployment's pods cannot be made, which it says itself."""
    for said in (workload or {}).get("status", {}).get("conditions") or ():
        condition = Condition.model_validate(said)
        if condition.type == "ReplicaFailure" and condition.status == "True":
            return trouble_of(
                Scene(None, (Event(reason="FailedCreate", message=condition.message),))
            )
    return None


def _stages(pods: tuple[Pod, ...]) -> Iterator[str]:
    """Yield where each pod is on its way."""
    for pod in pods:
        initial = [one for one in pod.status.init_container_statuses if not one.ready]
        if pod.metadata.deletion_timestamp:
            yield f"{pod.name} is ending"
        elif initial and initial[0].state.running is not None:
            yield f"{pod.name} sees to the judge's model"
        else:
            waiting = [one.state.waiting for one in pod.containers if one.state.waiting]
            yield f"{pod.name} is {waiting[0].reason if waiting else pod.status.phase}"
