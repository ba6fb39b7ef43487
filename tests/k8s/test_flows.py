"""The network policies let through what the evaluation needs, and nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from k8s.manifests import Manifest, built, of_kind, overlaid

from evaluator.deploy.kubernetes.shards_job import merge_manifest

OVERLAY = "separate-namespace"
Pod = tuple[str, Mapping[str, str]]
"""A namespace and the labels of a pod in it."""

JOB: Pod = (
    "knitfab",
    {"app.kubernetes.io/name": "evaluator", "app.kubernetes.io/component": "job"},
)
MERGE: Pod = (
    "knitfab",
    {"app.kubernetes.io/name": "evaluator", "app.kubernetes.io/component": "merge"},
)
JUDGE: Pod = (
    "ollama",
    {"app.kubernetes.io/name": "ollama", "app.kubernetes.io/component": "judge"},
)
PODS: Mapping[str, Pod] = {
    "job": JOB,
    "merge": MERGE,
    "judge": JUDGE,
    "names": ("kube-system", {"k8s-app": "kube-dns"}),
    "neighbour": ("knitfab", {"app.kubernetes.io/name": "somebody"}),
    "pretender": ("default", JOB[1]),
    "another judge": ("default", JUDGE[1]),
    "beside the judge": ("ollama", {"app.kubernetes.io/name": "somebody"}),
    "system": ("kube-system", {"k8s-app": "metrics"}),
}
ADDRESSES = {
    "the internet": "203.0.113.7",
    "the cluster": "10.0.0.9",
    "pods on EKS": "100.64.3.9",
    "Services": "172.20.0.1",
    "nodes": "192.168.7.1",
    "metadata": "169.254.169.254",
}
PORTS = (("TCP", 53), ("UDP", 53), ("TCP", 80), ("TCP", 443), ("TCP", 11434), ("TCP", 6443))
Flow = tuple[str, str, str, int]

NEEDED: set[Flow] = {
    *(("job", "names", protocol, 53) for protocol in ("UDP", "TCP")),
    *(("merge", "names", protocol, 53) for protocol in ("UDP", "TCP")),
    *(("judge", "names", protocol, 53) for protocol in ("UDP", "TCP")),
    ("job", "judge", "TCP", 11434),
    ("merge", "judge", "TCP", 11434),  # what the shards could not ask
    ("judge", "the internet", "TCP", 443),  # pulls the model
}


OF_THE_STORE: set[Flow] = {(pod, "the internet", "TCP", 443) for pod in ("job", "merge")}
"""By HTTPS, at a public address: at a private one are the cluster's pods, Services and API."""


def selects(selector: Manifest | None, labels: Mapping[str, str]) -> bool:
    if selector is None:
        return True
    assert set(selector) <= {"matchLabels", "matchExpressions"}
    listed = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in listed)
    return (selector.get("matchLabels") or {}).items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in listed
    )


def matches(peer: Manifest, other: str, space: str) -> bool:
    """Whether one peer of a rule, in a policy of a namespace, is the other end."""
    import ipaddress

    if "ipBlock" in peer:
        if other not in ADDRESSES:
            return False  # pods are within the ranges that are left out
        address = ipaddress.ip_address(ADDRESSES[other])
        block = peer["ipBlock"]
        kept = [ipaddress.ip_network(one) for one in block.get("except", [])]
        inside = address in ipaddress.ip_network(block["cidr"])
        return inside and not any(address in one for one in kept)
    if other not in PODS:
        return False
    theirs, labels = PODS[other]
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": theirs}):
            return False
    elif theirs != space:
        return False
    return selects(peer.get("podSelector"), labels)


def rules_on(
    policies: list[Manifest], pod: str, direction: str
) -> list[tuple[str, list[Manifest]]] | None:
    """The rules for one direction of a pod, each with its policy's namespace; None without any."""
    space, labels = PODS[pod]
    found = [
        (space, one["spec"].get(direction.lower(), []))
        for one in policies
        if one["metadata"]["namespace"] == space
        and direction in one["spec"]["policyTypes"]
        and selects(one["spec"]["podSelector"], labels)
    ]
    return found or None


def lets(
    policies: list[Manifest], pod: str, direction: str, other: str, wanted: dict[str, Any]
) -> bool:
    if pod not in PODS:
        return True  # nothing is said of addresses outside
    found = rules_on(policies, pod, direction)
    if found is None:
        return True
    key = "to" if direction == "Egress" else "from"
    return any(
        ("ports" not in rule or wanted in rule["ports"])
        and (key not in rule or any(matches(peer, other, space) for peer in rule[key]))
        for space, rules in found
        for rule in rules
    )


def allowed(policies: list[Manifest], source: str, target: str) -> Iterator[Flow]:
    for protocol, port in PORTS:
        wanted = {"protocol": protocol, "port": port}
        if lets(policies, source, "Egress", target, wanted) and lets(
            policies, target, "Ingress", source, wanted
        ):
            yield source, target, protocol, port


def flows_of(pod: str, objects: tuple[Manifest, ...]) -> set[Flow]:
    """All that come from a pod, or to it."""
    policies = of_kind(objects, "NetworkPolicy")
    others = [one for one in (*PODS, *ADDRESSES) if one != pod]
    found = {flow for other in others for flow in allowed(policies, pod, other)}
    return found | {
        flow for other in PODS if other != pod for flow in allowed(policies, other, pod)
    }


@pytest.mark.parametrize("pod", ["job", "merge", "judge"])
def test_just_the_flows_that_are_needed_are_allowed(pod: str) -> None:
    assert flows_of(pod, built(OVERLAY)) == {flow for flow in NEEDED if pod in flow[:2]}


def test_the_job_and_the_merge_alone_reach_an_object_store(tmp_path: Path) -> None:
    objects = overlaid(tmp_path, "components: [../../components/object-storage]", OVERLAY)
    for pod in ("job", "merge", "judge"):
        wanted = {flow for flow in NEEDED | OF_THE_STORE if pod in flow[:2]}
        assert flows_of(pod, objects) == wanted


def test_an_object_store_closes_nothing_in_where_all_was_open(tmp_path: Path) -> None:
    objects = overlaid(tmp_path, "components: [../../components/object-storage]", "cpu")
    assert of_kind(objects, "NetworkPolicy") == []


def test_the_pods_that_are_meant_are_those_that_are_there() -> None:
    for kind, (space, labels) in (("Job", JOB), ("Deployment", JUDGE)):
        (work,) = of_kind(built(OVERLAY), kind)
        assert work["metadata"]["namespace"] == space
        assert labels.items() <= work["spec"]["template"]["metadata"]["labels"].items()
    (job,) = of_kind(built(OVERLAY), "Job")
    merge = merge_manifest(job, "evaluation")
    assert merge["metadata"]["namespace"] == MERGE[0]
    assert MERGE[1].items() <= merge["spec"]["template"]["metadata"]["labels"].items()
