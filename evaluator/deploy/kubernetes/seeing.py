"""Looking at workloads: their pods, what happened to them, and when something changes."""

import time
from collections import defaultdict

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.kinds import EVENT, POD
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.pod import Event, Pod, event_from, pod_from
from evaluator.deploy.kubernetes.refusal import FORBIDDEN, UNAUTHORIZED, Refused, Unreachable
from evaluator.deploy.kubernetes.trouble import Scene, Trouble, trouble_of

LONGEST_LOOK_AWAY = 5
"""Seconds after which everything is looked at again, changed or not."""

BREATH = 0.2
"""Seconds after a change, which seldom comes alone."""


def pods_of(cluster: Cluster, namespace: str, labels: str) -> tuple[tuple[Pod, ...], str]:
    """Return the pods that labels choose, the oldest first, and the version of the list."""
    found, version = cluster.list(POD, namespace, labels)
    pods = (pod_from(one) for one in found)
    return tuple(sorted(pods, key=lambda pod: pod.metadata.creation_timestamp)), version


def events_of(cluster: Cluster, namespace: str, kind: str, name: str) -> tuple[Event, ...]:
    """Return what happened to an object, the latest last."""
    return _events(cluster, namespace, f"involvedObject.kind={kind},involvedObject.name={name}")


def events_by_pod(cluster: Cluster, namespace: str) -> dict[str, tuple[Event, ...]]:
    """Return what happened to each pod of a namespace by its name, the latest last."""
    found: dict[str, list[Event]] = defaultdict(list)
    for one in _events(cluster, namespace, "involvedObject.kind=Pod"):
        found[one.involved_object.name].append(one)
    return {name: tuple(events) for name, events in found.items()}


def _events(cluster: Cluster, namespace: str, fields: str) -> tuple[Event, ...]:
    found, _ = cluster.list(EVENT, namespace, fields=fields)
    said = sorted(found, key=lambda one: str(one.get("lastTimestamp") or one.get("eventTime")))
    return tuple(event_from(one) for one in said)


def trouble_with(
    cluster: Cluster, namespace: str, kind: str, name: str, pods: tuple[Pod, ...]
) -> Trouble | None:
    """Return what keeps a workload from going on.

    That is the first trouble of a pod that is to stay, or of the last one where all have ended.
    """
    staying = [pod for pod in pods if not pod.metadata.deletion_timestamp]
    if not staying:
        return trouble_of(Scene(None, events_of(cluster, namespace, kind, name)))
    at_work = [pod for pod in staying if pod.status.phase not in ("Succeeded", "Failed")]
    for pod in at_work or staying[-1:]:
        found = trouble_of(Scene(pod, events_of(cluster, namespace, "Pod", pod.name)))
        if found is not None:
            return found
    return None


def await_change(
    cluster: Cluster, namespace: str, labels: str, version: str, deadline: Deadline
) -> None:
    """Return once a pod changes, or after a few seconds.

    A watch is only a wake-up call: everything is listed again after it, so that one that breaks,
    or whose version is too old, loses nothing.

    Raises:
        Refused: Watching is not allowed.
    """
    seconds = int(min(LONGEST_LOOK_AWAY, deadline.left)) or 1
    started = time.monotonic()
    try:
        for event in cluster.watch(POD, namespace, labels, version, seconds):
            if event.get("type") != "BOOKMARK":
                deadline.sleep(BREATH)
                return
    except Unreachable:
        pass
    except Refused as refused:
        if refused.status in (FORBIDDEN, UNAUTHORIZED):
            raise
    if time.monotonic() - started < 1:  # broken at once: no reason to ask at once again
        deadline.sleep(1)
