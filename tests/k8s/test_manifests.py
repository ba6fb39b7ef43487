"""The shipped manifests are what Kubernetes takes, and what they promise."""

import re
from typing import Any

import kubernetes_validate
import pytest
from k8s.job_rules import not_valid
from k8s.manifests import (
    EVERYTHING,
    NEWEST,
    OLDEST,
    OVERLAYS,
    ROOT,
    STANDALONE,
    Manifest,
    built,
    container,
    containers,
    not_restricted,
    of_kind,
    pod_of,
    workloads,
)

from evaluator import errors
from evaluator.backends.naming import parse_judge
from evaluator.run.configuration import read_config

RECOMMENDED = {
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
}
OF_PODS = {"app.kubernetes.io/name", "app.kubernetes.io/component"}

SEED = {
    "Deployment": {
        "metadata": {"name": "ollama", "namespace": "knitfab", "labels": {"app": "ollama"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "ollama"}},
            "template": {"metadata": {"labels": {"app": "ollama"}}},
        },
    },
    "Service": {
        "metadata": {"name": "ollama", "namespace": "knitfab"},
        "spec": {"selector": {"app": "ollama"}, "type": "ClusterIP"},
    },
}
"""What the manual's own ollama.yaml says, besides its container."""


def holds(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there."""
    if not isinstance(wanted, dict):
        return bool(found == wanted)
    return all(key in found and holds(found[key], value) for key, value in wanted.items())


@pytest.mark.parametrize("version", [OLDEST, "1.36", NEWEST])
@pytest.mark.parametrize("name", EVERYTHING)
def test_kubernetes_knows_every_field(name: str, version: str) -> None:
    for one in built(name):
        kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("name", EVERYTHING)
def test_pods_are_accepted_where_the_restricted_standard_is_enforced(name: str) -> None:
    for work in workloads(name):
        assert list(not_restricted(pod_of(work))) == []


def test_the_check_of_the_standard_finds_what_it_forbids() -> None:
    pod = {
        "hostNetwork": True,
        "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
        "containers": [{"name": "c", "ports": [{"containerPort": 1, "hostPort": 1}]}],
    }
    assert list(not_restricted(pod)) == [
        *("hostNetwork", "volume hostPath", "c: privileges", "c: root", "c: seccomp"),
        *("c: capabilities", "c: host port"),
    ]


@pytest.mark.parametrize("name", EVERYTHING)
def test_pods_have_what_a_careful_cluster_asks_for(name: str) -> None:
    for work in workloads(name):
        pod = pod_of(work)
        assert pod["automountServiceAccountToken"] is False
        for one in containers(pod):
            tag = one["image"].rpartition(":")[2]
            assert tag not in ("", "latest", one["image"]), one["image"]
            for limits in ("requests", "limits"):
                assert {"cpu", "memory"} <= set(one["resources"][limits]), one["name"]
            assert one["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_judge_says_when_it_is_ready(name: str) -> None:
    for work in of_kind(built(name), "Deployment", "StatefulSet"):
        (server,) = pod_of(work)["containers"]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(server)
        assert "httpGet" in server["livenessProbe"]
        assert server["livenessProbe"]["httpGet"]["path"] == "/api/version"


@pytest.mark.parametrize("name", OVERLAYS)
def test_objects_carry_the_recommended_labels(name: str) -> None:
    for one in built(name):
        if one["kind"] in ("Namespace", "NetworkPolicy", "ConfigMap"):
            continue
        assert set(one["metadata"]["labels"]) >= RECOMMENDED, one["metadata"]["name"]
        for spec in [one["spec"].get("template")] if "template" in one["spec"] else []:
            assert set(spec["metadata"]["labels"]) >= OF_PODS


@pytest.mark.parametrize("name", EVERYTHING)
def test_services_and_volumes_find_what_they_name(name: str) -> None:
    objects = built(name)
    claims = {
        (one["metadata"].get("namespace"), one["metadata"]["name"])
        for one in of_kind(objects, "PersistentVolumeClaim")
    }
    maps = {
        (one["metadata"].get("namespace"), one["metadata"]["name"]): one
        for one in of_kind(objects, "ConfigMap")
    }
    for work in workloads(name):
        space, pod = work["metadata"].get("namespace"), pod_of(work)
        names = {volume["name"] for volume in pod["volumes"]}
        names |= {one["metadata"]["name"] for one in work["spec"].get("volumeClaimTemplates", [])}
        for volume in pod["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert (space, volume["persistentVolumeClaim"]["claimName"]) in claims
            if "configMap" in volume:
                assert (space, volume["configMap"]["name"]) in maps
        for one in containers(pod):
            assert {mount["name"] for mount in one["volumeMounts"]} <= names
            for variable in one.get("env", []):
                key = variable.get("valueFrom", {}).get("configMapKeyRef")
                assert key is None or key["key"] in maps[space, key["name"]]["data"]
    for service in of_kind(objects, "Service"):
        wanted = service["spec"]["selector"].items()
        space = service["metadata"].get("namespace")
        assert any(
            wanted <= work["spec"]["template"]["metadata"]["labels"].items()
            for work in workloads(name)
            if work["metadata"].get("namespace") == space
        )


def test_the_file_that_stands_alone_is_the_manuals() -> None:
    for kind, wanted in SEED.items():
        (found,) = of_kind(built(STANDALONE), kind)
        assert holds(found, wanted)
    server = container(STANDALONE, "ollama")
    wanted = {"cpu": "4", "memory": "5Gi", "nvidia.com/gpu": 1}
    assert server["resources"] == {"requests": wanted, "limits": wanted}
    assert server["image"].startswith("ollama/ollama:")
    assert "llama3.2" in server["lifecycle"]["postStart"]["exec"]["command"][-1]
    (service,) = of_kind(built(STANDALONE), "Service")
    (port,) = service["spec"]["ports"]
    assert (port["port"], port["targetPort"], port["protocol"]) == (11434, 11434, "TCP")
    (work,) = workloads(STANDALONE)
    assert work["spec"]["strategy"] == {"type": "Recreate"}


def test_the_base_and_the_file_that_stands_alone_are_equal_where_they_should_be() -> None:
    alone, base = container(STANDALONE, "ollama"), container("knitfab", "ollama")
    for key in ("image", "resources", "ports", "livenessProbe", "securityContext", "volumeMounts"):
        assert alone[key] == base[key], key
    theirs = {one["name"]: one.get("value") for one in base["env"] if "value" in one}
    assert {one["name"]: one["value"] for one in alone["env"]} == theirs
    (first,), (second,) = (of_kind(built(name), "Deployment") for name in (STANDALONE, "knitfab"))
    for key in ("replicas", "strategy", "progressDeadlineSeconds"):
        assert first["spec"][key] == second["spec"][key]


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_job_ends_as_its_exit_code_says(name: str) -> None:
    for job in of_kind(built(name), "Job"):
        ends_as_its_exit_code_says(job)


def ends_as_its_exit_code_says(job: Manifest) -> None:
    spec = job["spec"]
    disruption, codes = spec["podFailurePolicy"]["rules"]
    assert disruption["action"] == "Ignore"
    assert disruption["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]
    assert codes["action"] == ("FailIndex" if "completionMode" in spec else "FailJob")
    final = {
        *(errors.EXIT_GATE_FAILED, errors.EXIT_UNSCORED, errors.ConfigError.exit_code),
        *(errors.ModelUnusable.exit_code, errors.DataUnusable.exit_code),
    }
    assert set(codes["onExitCodes"]["values"]) == final
    again = {errors.JudgeUnavailable.exit_code, errors.EXIT_STORAGE, errors.EXIT_TERMINATED}
    assert not again & set(codes["onExitCodes"]["values"])
    assert codes["onExitCodes"]["containerName"] == pod_of(job)["containers"][0]["name"]
    assert pod_of(job)["restartPolicy"] == "Never"  # a failure policy needs that
    assert spec["podReplacementPolicy"] == "Failed"
    assert spec["ttlSecondsAfterFinished"] >= 24 * 3600
    assert spec["activeDeadlineSeconds"] > 0


@pytest.mark.parametrize("name", OVERLAYS)
def test_a_server_takes_the_jobs(name: str) -> None:
    for job in of_kind(built(name), "Job"):
        assert list(not_valid(job)) == []


@pytest.mark.parametrize("name", OVERLAYS)
def test_only_the_judge_claims_a_gpu(name: str) -> None:
    claims = {
        one["name"]: [key for key in one["resources"]["limits"] if key.startswith("nvidia.com/")]
        for work in workloads(name)
        for one in containers(pod_of(work))
    }
    gpu = {
        "cpu": [],
        "airgapped-embedded": [],
        "gpu-timeslicing": ["nvidia.com/gpu.shared"],
        "gpu-mig": ["nvidia.com/mig-1g.10gb"],
    }.get(name, ["nvidia.com/gpu"])
    assert claims.pop("evaluator") == []
    assert claims.pop("model", []) == []
    assert claims == ({} if name == "airgapped-embedded" else {"ollama": gpu})


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_job_asks_the_judge_that_is_there(name: str) -> None:
    variables = {one["name"]: one for one in container(name, "evaluator")["env"]}
    if name == "airgapped-embedded":
        assert variables["EVALUATOR_JUDGE"]["value"] == "embedded"
        return
    spec = parse_judge(variables["EVALUATOR_JUDGE"]["value"], "llama3.2", ["http://ollama:11434"])
    assert spec.model == "llama3.2"
    key = variables["EVALUATOR_JUDGE_URL"]["valueFrom"]["configMapKeyRef"]
    (url,) = [
        one["data"]["JUDGE_URL"]
        for one in of_kind(built(name), "ConfigMap")
        if one["metadata"]["name"] == key["name"] and "JUDGE_URL" in one["data"]
    ]
    (judge,) = of_kind(built(name), "Deployment", "StatefulSet")
    (service,) = of_kind(built(name), "Service")
    host = url.removeprefix("http://").removesuffix(":11434").split(".")
    assert host[0] == service["metadata"]["name"]
    if len(host) > 1:
        assert host[1:] == [judge["metadata"]["namespace"], "svc", "cluster", "local"]
    # The name of several judges stands for each of them.
    assert (service["spec"].get("clusterIP") == "None") == (judge["spec"]["replicas"] > 1)


def test_the_runs_settings_are_settings() -> None:
    from evaluator.run.settings import RunSettings

    settings = RunSettings.model_validate(
        read_config(ROOT / "base" / "job" / "run.yaml", RunSettings)
    )
    assert settings.device == "cpu"
    mounts = {one["mountPath"] for one in container("knitfab", "evaluator")["volumeMounts"]}
    assert {"/in", "/out"} <= mounts
    assert str(settings.model_path).startswith("/in/")
    assert str(settings.save_to).startswith("/out/")


def test_addresses_have_no_registry_of_ours() -> None:
    images = {one["image"] for name in EVERYTHING for work in workloads(name)
              for one in containers(pod_of(work))}  # fmt: skip
    assert all(re.match(r"^(ollama/ollama|evaluator):", image) for image in images)
