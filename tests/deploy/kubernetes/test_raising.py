"""`evaluator k8s up`: what is made, and what is said while and when it does not come up."""

import re

import pytest
from deploy.kubernetes.api_server import ApiServer, Manifest, hung_up, refused
from deploy.kubernetes.conftest import READY, Setup, pod
from running import assert_fails

from evaluator.deploy.kubernetes.raising import is_ready


def test_up_makes_the_judge_and_volumes_and_no_job(cluster: Setup) -> None:
    ended = cluster.k8s("up", "--overlay", "cpu")
    assert ended.code == 0, ended.err
    assert [one["metadata"]["name"] for one in cluster.api.found("Deployment")] == ["ollama"]
    claims = {one["metadata"]["name"] for one in cluster.api.found("PersistentVolumeClaim")}
    assert claims == {"ollama-models", "evaluator-inputs", "evaluator-results"}
    (settings,) = cluster.api.found("ConfigMap")
    assert settings["metadata"]["name"].startswith("judge-")
    assert cluster.api.found("Job") == []
    assert "The judge ollama is ready" in ended.err


def test_context_and_namespace_are_said_before_anything_is_changed(cluster: Setup) -> None:
    ended = cluster.k8s("up", "--overlay", "cpu", "--namespace", "mine")
    host = cluster.url.removeprefix("http://")
    assert ended.err.splitlines()[0] == f"Context somewhere ({host}), namespace mine"
    assert {one["metadata"]["namespace"] for one in cluster.api.found("Service")} == {"mine"}


def test_what_is_made_carries_our_labels_and_our_field_manager(cluster: Setup) -> None:
    cluster.k8s("up", "--overlay", "cpu")
    for kind in ("Deployment", "Service", "ConfigMap", "PersistentVolumeClaim"):
        for one in cluster.api.found(kind):
            assert one["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "evaluator"
    patches = [one for one in cluster.api.asked if one.method.value == "PATCH"]
    assert {one.params["fieldManager"] for one in patches} == {"evaluator"}
    assert not any("force" in one.params for one in patches)


@pytest.mark.parametrize(
    ("labels", "way"),
    [
        ({"app.kubernetes.io/managed-by": "evaluator"}, "`evaluator k8s down --namespace knitfab`"),
        ({}, "`kubectl -n knitfab delete deployment,service ollama`"),
    ],
)
def test_several_judges_are_not_made_beside_the_one_of_their_name(
    cluster: Setup, labels: dict[str, str], way: str
) -> None:
    metadata = {"name": "ollama", "namespace": "knitfab", "labels": labels}
    cluster.api.put("Deployment", {"metadata": metadata, "spec": {}, "status": READY})
    ended = cluster.k8s("up", "--overlay", "cpu", "--judge-replicas", "3")
    assert_fails(ended, 7, "is there as a Deployment", f"{way} first; volumes stay")
    assert {one.method.value for one in cluster.api.asked} == {"GET"}


def test_one_judge_is_not_made_beside_several_of_its_name(cluster: Setup) -> None:
    metadata = {"name": "ollama", "namespace": "knitfab"}
    cluster.api.put("StatefulSet", {"metadata": metadata, "spec": {}, "status": READY})
    assert_fails(cluster.k8s("up", "--overlay", "cpu"), 7, "is there as a StatefulSet")


def test_a_dry_run_changes_nothing_and_waits_for_nothing(cluster: Setup) -> None:
    ended = cluster.k8s("up", "--overlay", "cpu", "--dry-run", "server")
    assert ended.code == 0, ended.err
    assert "nothing is changed" in ended.err
    changes = [one for one in cluster.api.asked if one.method.value != "GET"]
    assert changes
    assert {one.params["dryRun"] for one in changes} == {"All"}
    assert cluster.api.found("Deployment") == []


def test_a_namespace_that_is_there_is_left_as_it_is(cluster: Setup) -> None:
    cluster.api.put("Namespace", {"metadata": {"name": "ollama"}})
    ended = cluster.k8s("up", "--overlay", "separate-namespace")
    assert ended.code == 0, ended.err
    assert not [
        one
        for one in cluster.api.asked
        if one.method.value == "PATCH" and one.url.path.endswith("/namespaces/ollama")
    ]


def test_fields_that_others_manage_are_taken_over_only_on_demand(cluster: Setup) -> None:
    message = 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply": .spec'
    cluster.api.answers["PATCH", "services"] = [refused(409, message)]
    assert_fails(
        cluster.k8s("up", "--overlay", "cpu"),
        *(7, "services ollama in the namespace knitfab is also managed by", "--take-over"),
    )
    assert cluster.k8s("up", "--overlay", "cpu", "--take-over").code == 0
    assert cluster.api.asked[-1].method.value == "GET"
    forced = [one for one in cluster.api.asked if one.params.get("force") == "true"]
    assert len(forced) == 6  # a deployment, a service, a ConfigMap and three claims


def test_a_server_that_starts_again_is_waited_for(cluster: Setup) -> None:
    cluster.api.answers["PATCH", "services"] = [hung_up, refused(503), refused(500)]
    cluster.api.answers["PATCH", "deployments"] = [refused(429, "slow down", Retry_After="1")]
    ended = cluster.k8s("up", "--overlay", "cpu")
    assert ended.code == 0, ended.err
    assert len(cluster.api.found("Service")) == 1


def test_what_may_not_be_done_names_the_verb_and_the_object(cluster: Setup) -> None:
    message = 'services is forbidden: User "u" cannot patch resource "services" in API group ""'
    cluster.api.answers["PATCH", "services"] = [refused(403, message)]
    ended = cluster.k8s("up", "--overlay", "cpu")
    assert_fails(
        ended, 7, "you may not patch services ollama in the namespace knitfab", "rbac.yaml"
    )


def test_expired_credentials_say_to_log_in_again(cluster: Setup) -> None:
    cluster.api.answers["PATCH", "configmaps"] = [refused(401, "Unauthorized")]
    assert_fails(cluster.k8s("up", "--overlay", "cpu"), 7, "credentials", "log in again")


def test_a_namespace_that_is_not_there_says_how_to_make_it(cluster: Setup) -> None:
    cluster.api.answers["PATCH", "configmaps"] = [refused(404, 'namespaces "knitfab" not found')]
    ended = cluster.k8s("up", "--overlay", "cpu")
    assert_fails(ended, 7, "kubectl create namespace knitfab")


def test_a_server_that_is_not_there_is_not_waited_for_long(cluster: Setup) -> None:
    text = cluster.kubeconfig.read_text("utf-8").replace(cluster.url, "http://127.0.0.1:9")
    cluster.kubeconfig.write_text(text, "utf-8")
    ended = cluster.k8s("up", "--overlay", "cpu")
    assert_fails(ended, 7, "the API of the context somewhere (127.0.0.1:9) does not answer")


def test_an_unknown_context_and_a_missing_kubeconfig_are_usage_errors(cluster: Setup) -> None:
    ended = cluster.k8s("up", "--context", "elsewhere")
    assert_fails(ended, 2, "the kubeconfig lacks the context 'elsewhere'", "get-contexts")
    cluster.kubeconfig.unlink()
    assert_fails(cluster.k8s("up"), 2, "there is no kubeconfig")


def pending(api: ApiServer, manifest: Manifest) -> None:
    """No node has a GPU."""
    said = "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient nvidia.com/gpu. preemption"
    condition = {"type": "PodScheduled", "status": "False", "message": said}
    api.put("Pod", pod(phase="Pending", conditions=[condition]))


def test_a_judge_that_is_not_ready_in_time_says_why(cluster: Setup) -> None:
    cluster.api.controllers["Deployment"] = pending
    ended = cluster.k8s("up", "--timeout", "2")
    assert_fails(
        *(ended, 7, "the judge ollama is not ready after 2 s (--timeout)"),
        *("no node has a free nvidia.com/gpu", "--overlay cpu"),
    )


def test_what_waiting_cannot_help_is_not_waited_for(cluster: Setup) -> None:
    def no_image(api: ApiServer, manifest: Manifest) -> None:
        state = {"waiting": {"reason": "ErrImageNeverPull"}}
        api.put("Pod", pod(containerStatuses=[{"image": "ollama/ollama:0.33.0", "state": state}]))

    cluster.api.controllers["Deployment"] = no_image
    ended = cluster.k8s("up", "--overlay", "airgapped")
    assert_fails(ended, 7, "ollama/ollama:0.33.0 is not on the node of ollama-1")


@pytest.mark.parametrize("how", ["breaks", "too old"])
def test_watches_that_break_or_are_too_old_lose_nothing(cluster: Setup, how: str) -> None:
    def later(api: ApiServer, manifest: Manifest) -> None:
        watches = [
            hung_up if how == "breaks" else refused(410, "too old resource version") for _ in "12"
        ]

        def at_last(request: object) -> None:
            api.put("Deployment", {"metadata": manifest["metadata"], "status": READY})

        lists = [lambda request: None] * 2
        api.answers["GET", "pods"] = [
            *(one for pair in zip(lists, watches, strict=True) for one in pair),
            at_last,
        ]

    cluster.api.controllers["Deployment"] = later
    ended = cluster.k8s("up", "--overlay", "cpu", "--timeout", "60")
    assert ended.code == 0, ended.err


def test_a_deployment_is_ready_when_all_pods_are_of_its_latest_version() -> None:
    old = {"metadata": {"generation": 2}, "spec": {"replicas": 1}, "status": READY}
    assert not is_ready(old)
    assert is_ready({**old, "status": {**READY, "observedGeneration": 2}})
    two = {"replicas": 2, "readyReplicas": 1, "updatedReplicas": 1, "observedGeneration": 2}
    assert not is_ready({**old, "status": two})  # one of the version before is still there
    assert not is_ready({"metadata": {}, "spec": {}})


def test_up_with_json_logs_writes_json_alone(cluster: Setup) -> None:
    ended = cluster.k8s("up", "--overlay", "cpu", "--log-format", "json")
    assert ended.code == 0
    assert all(re.match(r'\{"event": "log"', line) for line in ended.err.splitlines())
