"""`evaluator k8s render`: kustomize's own output, and what a flag changes in it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.kubernetes.conftest import without_path
from k8s.manifests import OVERLAYS, ROOT, Manifest, built, kustomized, of_kind, pod_of
from running import assert_fails, evaluator

import evaluator as package
from evaluator.deploy.kubernetes import manifest as manifest_module
from evaluator.deploy.kubernetes.overrides import Overrides
from evaluator.deploy.kubernetes.rendering import parsed, render
from evaluator.errors import ConfigError


def rendered(overlay: str, **said: Any) -> tuple[Manifest, ...]:
    kustomized(ROOT / "overlays" / "cpu")  # skips without kubectl
    return parsed(render(overlay, Overrides(**said)))


def workload(objects: tuple[Manifest, ...], kind: str) -> Manifest:
    (found,) = of_kind(objects, kind)
    return found


@pytest.mark.parametrize("name", OVERLAYS)
def test_without_overrides_it_is_what_kubectl_makes(name: str) -> None:
    done = subprocess.run(
        ["kubectl", "kustomize", str(ROOT / "overlays" / name)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert render(name) == done.stdout


@pytest.mark.parametrize("name", [one for one in OVERLAYS if one != "airgapped-embedded"])
def test_one_override_changes_nothing_else(name: str) -> None:
    before, after = built(name), rendered(name, image="localhost:5000/evaluator:v2")
    for job in of_kind(after, "Job"):
        assert pod_of(job)["containers"][0]["image"] == "localhost:5000/evaluator:v2"
        pod_of(job)["containers"][0]["image"] = "evaluator:0.1.0"
    assert after == before


def test_the_judge_s_model_reaches_judge_and_job_in_every_namespace() -> None:
    objects = rendered("separate-namespace", judge_model="qwen3:0.6b")
    maps = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one["data"]
        for one in of_kind(objects, "ConfigMap")
    }
    said = [data["JUDGE_MODEL"] for data in maps.values() if "JUDGE_MODEL" in data]
    assert said == ["qwen3:0.6b", "qwen3:0.6b"]
    for kind, space in (("Deployment", "ollama"), ("Job", "knitfab")):
        variables = pod_of(workload(objects, kind))["containers"][0]["env"]
        (named,) = [
            one["valueFrom"]["configMapKeyRef"]["name"]
            for one in variables
            if one.get("valueFrom", {}).get("configMapKeyRef", {}).get("key") == "JUDGE_MODEL"
        ]
        assert maps[space, named]["JUDGE_MODEL"] == "qwen3:0.6b"


def test_amounts_are_requested_and_limited_and_a_gpu_is_renamed() -> None:
    objects = rendered(
        "knitfab",
        judge_cpu="2",
        job_memory="8Gi",
        gpu="nvidia.com/mig-2g.20gb",
    )
    judge = pod_of(workload(objects, "Deployment"))["containers"][0]["resources"]
    wanted = {"cpu": "2", "memory": "5Gi", "nvidia.com/mig-2g.20gb": 1}
    assert judge == {"requests": wanted, "limits": wanted}
    job = pod_of(workload(objects, "Job"))["containers"][0]["resources"]
    assert job == {
        "requests": {"cpu": "1", "memory": "8Gi"},
        "limits": {"cpu": "2", "memory": "8Gi"},
    }


@pytest.mark.parametrize(
    ("overlay", "service"),
    [
        ("cpu", "ollama"),
        ("replicas", "ollama"),
        ("separate-namespace", "ollama.ollama.svc.cluster.local"),
    ],
)
def test_so_many_judges_are_met_by_one_name_that_leads_to_those_that_are_ready(
    overlay: str, service: str
) -> None:
    objects = rendered(overlay, judge_replicas=2, judge_model="m")
    judge = workload(objects, "StatefulSet")
    assert judge["spec"]["replicas"] == 2
    assert list(of_kind(objects, "Deployment")) == []
    service_spec = workload(objects, "Service")["spec"]
    assert service_spec["clusterIP"] == "None"  # the name leads to each judge, not to one for all
    assert "publishNotReadyAddresses" not in service_spec  # … and to none that is not ready
    said = {one["data"].get("JUDGE_URL") for one in of_kind(objects, "ConfigMap")} - {None}
    assert said == {f"http://{service}:11434"}
    (judged,) = {one["data"].get("JUDGE_MODEL") for one in of_kind(objects, "ConfigMap")} - {None}
    assert judged == "m"


def test_an_overlay_that_names_its_judges_one_by_one_needs_none_in_particular(
    tmp_path: Path,
) -> None:
    urls = " ".join(f"http://ollama-{number}.ollama:11434" for number in range(3))
    judges = {"name": "judge", "behavior": "merge", "literals": [f"JUDGE_URL={urls}"]}
    content = {
        "resources": [os.path.relpath(ROOT / "overlays" / "replicas", tmp_path)],
        "namespace": "knitfab",
        "configMapGenerator": [judges],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(content))
    objects = rendered(str(tmp_path), judge_replicas=5)
    said = {one["data"].get("JUDGE_URL") for one in of_kind(objects, "ConfigMap")} - {None}
    assert said == {"http://ollama:11434"}


@pytest.mark.parametrize("overlay", ["cpu", "shards"])
def test_so_many_shards_are_said_wherever_the_job_says_a_number(overlay: str) -> None:
    objects = rendered(overlay, shards=9, image="localhost:5000/evaluator:v2")
    job, *merges = sorted(of_kind(objects, "Job"), key=lambda one: str(one["metadata"]["name"]))
    spec = job["spec"]
    assert (spec["completions"], spec["parallelism"], spec["maxFailedIndexes"]) == (9, 9, 2)
    args = pod_of(job)["containers"][0]["args"]
    assert args.count("--shard") == 1
    assert args[args.index("--shard") + 1] == "9"
    for merge in merges:
        assert "completions" not in merge["spec"]
        assert pod_of(merge)["containers"][0]["args"][0] == "merge"


def test_a_claim_that_is_there_is_used_and_not_made() -> None:
    objects = rendered(
        "knitfab", inputs_claim="articles", results_claim="results", models_claim="models"
    )
    assert list(of_kind(objects, "PersistentVolumeClaim")) == []
    used = {
        volume["persistentVolumeClaim"]["claimName"]
        for kind in ("Deployment", "Job")
        for volume in pod_of(workload(objects, kind))["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert used == {"articles", "results", "models"}


@pytest.mark.parametrize("overlay", ["knitfab", "replicas"])
def test_every_claim_that_is_made_is_of_the_storage_class(overlay: str) -> None:
    objects = rendered(overlay, storage_class="fast", inputs_claim="articles")
    claims = [one["spec"] for one in of_kind(objects, "PersistentVolumeClaim")]
    for one in of_kind(objects, "StatefulSet"):
        claims.extend(template["spec"] for template in one["spec"]["volumeClaimTemplates"])
    assert [one["storageClassName"] for one in claims] == ["fast", "fast"]


def test_the_namespace_is_everybody_s_unless_the_overlay_has_several() -> None:
    objects = rendered("cpu", namespace="mine")
    assert {one["metadata"]["namespace"] for one in objects} == {"mine"}
    with pytest.raises(ConfigError, match="--namespace cannot be given"):
        rendered("separate-namespace", namespace="mine")


def test_the_run_s_settings_are_the_local_file_s(tmp_path: Path) -> None:
    config = tmp_path / "run.json"
    config.write_text(json.dumps({"data": "/in/b.csv", "model": "/in/m", "threshold": 0.7}))
    objects = rendered("cpu", config_file=config)
    (settings,) = [
        one["data"] for one in of_kind(objects, "ConfigMap") if "run.yaml" in one["data"]
    ]
    assert yaml.safe_load(settings["run.yaml"]) == {
        "data": "/in/b.csv",
        "model_path": "/in/m",
        "threshold": 0.7,
    }


def test_a_path_of_this_machine_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("data: articles.csv\nmodel_path: /in/model\n")
    ended = evaluator("k8s", "render", "--config-file", config)
    assert_fails(ended, 2, "'data' is 'articles.csv', which is on this machine", "/in/")


def test_a_judge_in_the_settings_does_not_count_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("data: /in/a.csv\nmodel_path: /in/model\njudge: embedded\n")
    rendered("cpu", config_file=config)
    assert "judge does not count" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--overlay", "knitfabb"), ("did you mean 'knitfab'",)),
        (("--overlay", "airgapped-embedded", "--judge-model", "m"), ("--judge-model needs",)),
        (("--overlay", "airgapped-embedded", "--gpu", "a.b/c"), ("without a judge",)),
        (("--overlay", "airgapped-embedded", "--judge-replicas", "2"), ("without a judge",)),
        (("--overlay", "replicas", "--models-claim", "m"), ("--models-claim needs",)),
        (("--job-cpu", "many"), ("--job-cpu cannot be 'many'",)),
        (("--storage-class", "No Class"), ("--storage-class cannot be",)),
    ],
)
def test_what_cannot_be_done_says_why(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert_fails(evaluator("k8s", "render", *arguments), 2, *words)


def test_an_overlay_of_one_s_own_is_a_folder(tmp_path: Path) -> None:
    content = {"resources": [os.path.relpath(ROOT / "overlays" / "cpu", tmp_path)]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(content))
    assert rendered(str(tmp_path), judge_model="m") == rendered("cpu", judge_model="m")


def test_an_overlay_that_cannot_be_built_says_what_kustomize_said(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [gone.yaml]")
    assert_fails(evaluator("k8s", "render", "--overlay", tmp_path), 2, "cannot be built", "gone")


def test_without_kubectl_it_says_what_to_install() -> None:
    ended = evaluator("k8s", "render", env={"PATH": without_path("kubectl")})
    assert_fails(ended, 7, "kubectl is not installed")


def test_the_manifests_of_a_package_come_before_those_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert manifest_module.shipped_manifests() == ROOT
    (tmp_path / "package" / "deploy" / "manifests" / "overlays").mkdir(parents=True)
    monkeypatch.setattr(package, "__file__", str(tmp_path / "package" / "__init__.py"))
    found = manifest_module.shipped_manifests()
    assert found == tmp_path / "package" / "deploy" / "manifests"
