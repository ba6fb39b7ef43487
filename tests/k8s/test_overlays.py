"""What the overlays and components are for, they do."""

from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from k8s.manifests import (
    OLDEST,
    ROOT,
    built,
    container,
    containers,
    not_restricted,
    of_kind,
    overlaid,
    pod_of,
    workloads,
)


def test_without_a_network_nothing_is_pulled() -> None:
    for name in ("airgapped", "airgapped-embedded"):
        for work in workloads(name):
            for one in containers(pod_of(work)):
                assert one["imagePullPolicy"] == "Never"
    variables = {one["name"]: one.get("value") for one in container("airgapped", "model")["env"]}
    assert variables["PULL"] == "no"


def test_a_separate_namespace_is_closed_but_for_what_is_needed() -> None:
    objects = built("separate-namespace")
    policies = {one["metadata"]["name"]: one for one in of_kind(objects, "NetworkPolicy")}
    deny = policies["default-deny"]["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (judge,) = of_kind(objects, "Deployment")
    (job,) = of_kind(objects, "Job")
    assert (judge["metadata"]["namespace"], job["metadata"]["namespace"]) == ("ollama", "knitfab")
    (rule,) = policies["questions-of-the-job"]["spec"]["ingress"]
    (peer,) = rule["from"]
    asked = job["spec"]["template"]["metadata"]["labels"].items()
    assert peer["podSelector"]["matchLabels"].items() <= asked
    assert rule["ports"] == [{"protocol": "TCP", "port": 11434}]
    (space,) = of_kind(objects, "Namespace")
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_time_slicing_is_what_the_device_plugin_reads() -> None:
    text = (ROOT / "overlays" / "gpu-timeslicing" / "time-slicing.yaml").read_text("utf-8")
    settings = yaml.safe_load(text)
    assert settings["version"] == "v1"
    slicing = settings["sharing"]["timeSlicing"]
    assert slicing["renameByDefault"] is True
    assert slicing["resources"] == [{"name": "nvidia.com/gpu", "replicas": 4}]


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        ("images: [{name: evaluator, newName: localhost:30503/evaluator, newTag: v9}]",
         "image: localhost:30503/evaluator:v9"),
        ("configMapGenerator: [{name: judge, namespace: knitfab, behavior: merge, "
         "literals: ['JUDGE_MODEL=qwen3:0.6b']}]", "JUDGE_MODEL: qwen3:0.6b"),
        ('patches: [{target: {kind: PersistentVolumeClaim}, patch: "[{\\"op\\": \\"add\\", '
            '\\"path\\": \\"/spec/storageClassName\\", \\"value\\": \\"fast\\"}]"}]',
            "storageClassName: fast"),
        ("components: [../../components/cpu]", "cpu: 250m"),
    ],
)  # fmt: skip
def test_clusters_that_differ_need_one_line(addition: str, expected: str, tmp_path: Path) -> None:
    assert expected in yaml.safe_dump_all(overlaid(tmp_path, addition))


def test_claims_that_are_there_already_are_not_made(tmp_path: Path) -> None:
    objects = overlaid(tmp_path, "components: [../../components/existing-claims]")
    assert of_kind(objects, "PersistentVolumeClaim") == []


def test_without_volumes_only_the_inputs_are_a_claim(tmp_path: Path) -> None:
    objects = overlaid(tmp_path, "components: [../../components/ephemeral]")
    (claim,) = of_kind(objects, "PersistentVolumeClaim")
    assert claim["metadata"]["name"] == "evaluator-inputs"
    for one in objects:
        kubernetes_validate.validate(one, OLDEST, strict=True)
    for work in of_kind(objects, "Deployment", "Job"):
        volumes = {one["name"]: one for one in pod_of(work)["volumes"]}
        assert "emptyDir" in volumes["models" if work["kind"] == "Deployment" else "results"]
        assert list(not_restricted(pod_of(work))) == []
