"""Every failure that a user meets has a sentence, and nothing that a cluster says is too odd."""

from typing import Any

import pytest
from deploy.kubernetes.conftest import pod
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.deploy.kubernetes.pod import event_from, job_from, pod_from
from evaluator.deploy.kubernetes.trouble import Scene, trouble_of


def unscheduled(message: str) -> dict[str, Any]:
    return {"conditions": [{"type": "PodScheduled", "status": "False", "message": message}]}


def waiting(reason: str, message: str = "", last: dict[str, Any] | None = None) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    one = {"name": "ollama", "image": "ollama/ollama:1", "state": state}
    return {"containerStatuses": [{**one, "lastState": {"terminated": last}} if last else one]}


def event(reason: str, message: str) -> dict[str, Any]:
    return {"reason": reason, "message": message}


INIT_FAILED = {"exitCode": 1, "message": "llama3.2 is not on the volume, and nothing is pulled."}
PULL_FAILED = {"exitCode": 1, "message": "Error: pull model manifest: dial tcp: no such host"}


@pytest.mark.parametrize(
    ("status", "events", "reason", "words"),
    [
        (
            unscheduled(
                "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient nvidia.com/gpu."
            ),
            (),
            *("NoGPU", "no node has a free nvidia.com/gpu"),
        ),
        (
            unscheduled("0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient memory."),
            (),
            *("NoRoom", "enough free cpu and memory"),
        ),
        (
            unscheduled("0/1 nodes are available: 1 node(s) had untolerated taint {gpu: only}."),
            (),
            *("Tainted", "tainted (gpu: only)"),
        ),
        (
            unscheduled(
                "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
            ),
            (),
            *("ClaimNotBound", "--storage-class"),
        ),
        (
            unscheduled('persistentvolumeclaim "evaluator-inputs" not found'),
            (),
            *("NoClaim", "claim evaluator-inputs, which is not there"),
        ),
        (
            unscheduled("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity."),
            (),
            *("Unschedulable", "didn't match"),
        ),
        (
            waiting("ImagePullBackOff", "Back-off pulling image"),
            (event("Failed", "pull access denied"),),
            *("ImagePullBackOff", "pull access denied"),
        ),
        (waiting("ErrImageNeverPull"), (), "ErrImageNeverPull", "is not on the node"),
        (waiting("InvalidImageName"), (), "InvalidImageName", "'ollama/ollama:1' is no name"),
        (
            waiting("CreateContainerConfigError", 'configmap "judge-x" not found'),
            (),
            *("CreateContainerConfigError", "judge-x"),
        ),
        (
            waiting("CrashLoopBackOff", "", {"exitCode": 137, "reason": "OOMKilled"}),
            (),
            *("OOMKilled", "--judge-memory"),
        ),
        (
            waiting("CrashLoopBackOff", "", {"exitCode": 1, "message": "no such file"}),
            (),
            *("CrashLoopBackOff", "ended with 1: no such file"),
        ),
        (
            waiting("PostStartHookError"),
            (event("FailedPostStartHook", "PostStartHook failed: pull model manifest"),),
            *("PostStartHookError", "reaches the model's registry"),
        ),
        (
            {"initContainerStatuses": [{"name": "model", "state": {"terminated": INIT_FAILED}}]},
            (),
            *("ModelMissing", "not on the volume"),
        ),
        (
            {
                "initContainerStatuses": [
                    {"name": "model", "lastState": {"terminated": PULL_FAILED}}
                ]
            },
            (),
            *("ModelMissing", "no such host"),
        ),
        (
            {"initContainerStatuses": [{"name": "x", "state": {"terminated": {"exitCode": 3}}}]},
            (),
            *("InitFailed", "x of ollama-1 ended with 3"),
        ),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "low on ephemeral-storage"},
            (),
            *("Evicted", "ephemeral-storage"),
        ),
        (
            {"conditions": [{"type": "DisruptionTarget", "status": "True", "message": "drained"}]},
            (),
            *("Disrupted", "drained"),
        ),
        (
            waiting("ContainerCreating"),
            (event("FailedAttachVolume", "Multi-Attach error for volume"),),
            *("VolumeElsewhere", "in use on another node"),
        ),
        (
            waiting("ContainerCreating"),
            (event("FailedMount", "mount failed: permission denied"),),
            *("NoVolume", "permission denied"),
        ),
        (
            {"containerStatuses": [{"name": "ollama", "state": {"running": {}}}]},
            (event("Unhealthy", "Readiness probe failed: model 'llama3.2' not found"),),
            *("ModelMissing", "model is not there"),
        ),
        (
            {"containerStatuses": [{"name": "ollama", "state": {"running": {}}}]},
            (event("Unhealthy", "Liveness probe failed: timeout"),),
            *("Unhealthy", "timeout"),
        ),
    ],
)
def test_what_keeps_a_pod_from_going_on_has_a_sentence(
    status: dict[str, Any], events: tuple[dict[str, Any], ...], reason: str, words: str
) -> None:
    found = trouble_of(Scene(pod_from(pod(**status)), tuple(map(event_from, events))))
    assert found is not None
    assert (found.reason, words in found.sentence) == (reason, True), found


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('pods "a" is forbidden: exceeded quota: small, requested: cpu=4', "QuotaExceeded"),
        ('pods "a" is forbidden: violates PodSecurity "restricted:latest"', "PodSecurity"),
        ('pods "a" is forbidden: error looking up service account', "Forbidden"),
        ("Internal error occurred", "FailedCreate"),
    ],
)
def test_a_pod_that_cannot_be_made_has_a_sentence(message: str, reason: str) -> None:
    found = trouble_of(Scene(None, (event_from(event("FailedCreate", message)),)))
    assert found is not None
    assert found.reason == reason


def test_a_pod_that_is_well_has_no_trouble() -> None:
    ready = {"containerStatuses": [{"name": "ollama", "ready": True, "state": {"running": {}}}]}
    told = (event_from(event("Unhealthy", "Startup probe failed")),)  # before it was ready
    assert trouble_of(Scene(pod_from(pod(phase="Running", **ready)), told)) is None
    assert trouble_of(Scene(None)) is None


KEYS = st.sampled_from(
    [
        *("status", "metadata", "conditions", "containerStatuses", "initContainerStatuses", "name"),
        *("state", "lastState", "waiting", "terminated", "running", "reason", "message", "type"),
        *("exitCode", "phase", "restartCount", "ready", "image", "labels", "involvedObject"),
    ]
)
REASONS = st.sampled_from(
    ["PodScheduled", "False", "True", "OOMKilled", "Evicted", "CrashLoopBackOff", "Unhealthy", ""]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | REASONS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYS, ANYTHING, max_size=5)


@searching
@given(OBJECTS, st.lists(OBJECTS, max_size=3))
def test_whatever_a_cluster_says_is_read_and_explained_or_not(
    found: dict[str, Any], events: list[dict[str, Any]]
) -> None:
    job_from(found)
    for seen in (pod_from(found), None):
        trouble = trouble_of(Scene(seen, tuple(map(event_from, events))))
        assert trouble is None or "\n" not in trouble.sentence


MESSAGES = st.text(max_size=60) | st.sampled_from(
    ["Insufficient ", "Insufficient nvidia.com/gpu", "untolerated taint {", "exceeded quota: "]
)


@searching
@given(MESSAGES, MESSAGES, REASONS)
def test_no_message_is_too_odd_for_an_explainer(first: str, second: str, reason: str) -> None:
    for status in (unscheduled(first), waiting(reason, first, {"exitCode": 1, "message": second})):
        told = tuple(
            event_from(event(one, second)) for one in ("Failed", "FailedCreate", "FailedMount")
        )
        trouble = trouble_of(Scene(pod_from(pod(**status)), told))
        assert trouble is None or "\n" not in trouble.sentence
