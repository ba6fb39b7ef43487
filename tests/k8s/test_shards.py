"""The job in shards: what Kubernetes itself demands of one, and the job that merges them."""

import copy
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from k8s.job_rules import not_valid
from k8s.manifests import ROOT, Manifest, built, not_restricted, of_kind, overlaid, pod_of

from evaluator.deploy.kubernetes.job import run_manifests
from evaluator.deploy.kubernetes.shards_job import merge_manifest
from evaluator.errors import ConfigError


def jobs(objects: tuple[Manifest, ...]) -> tuple[Manifest, Manifest]:
    """The job of the shards and the one that merges, as copies: what is built is shared."""
    found = copy.deepcopy(of_kind(objects, "Job"))
    shards, merge = sorted(found, key=lambda one: str(one["metadata"]["name"]))
    return shards, merge


def test_each_shard_has_its_own_tries_and_none_ends_all() -> None:
    shards, _ = jobs(built("shards"))
    spec = shards["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 4, 4)
    assert spec["backoffLimitPerIndex"] == 4
    assert "backoffLimit" not in spec  # of all shards together, it would be the first to be reached
    assert "successPolicy" not in spec  # some shards are no run
    args = pod_of(shards)["containers"][0]["args"]
    assert args[args.index("--shard") + 1] == "4"


def test_shards_share_volumes_of_several_nodes() -> None:
    claims = {
        one["metadata"]["name"]: one["spec"]["accessModes"]
        for one in of_kind(built("shards"), "PersistentVolumeClaim")
    }
    assert claims == {
        "evaluator-inputs": ["ReadWriteMany"],
        "evaluator-results": ["ReadWriteMany"],
        "ollama-models": ["ReadWriteOnce"],
    }


def test_the_merge_waits_and_is_the_job_once_more_for_another_command() -> None:
    shards, merge = jobs(built("shards"))
    assert merge["metadata"]["name"] == "evaluator-merge"
    assert merge["spec"]["suspend"] is True
    assert pod_of(merge)["containers"][0]["args"][:2] == ["merge", "/out/evaluation"]
    mine, theirs = pod_of(merge), pod_of(shards)
    for pod in (mine, theirs):
        del pod["containers"][0]["args"]
    assert mine == theirs


def test_the_merge_that_the_command_starts_is_the_overlay_s_but_for_names() -> None:
    job, _ = run_manifests(built("shards"), "evaluation", "evaluator-evaluation-x", fresh=False)
    made = merge_manifest(job, "evaluation")
    _, shipped = jobs(built("shards"))
    assert made["spec"].pop("backoffLimit") == shipped["spec"].pop("backoffLimit")
    for one in (made, shipped):
        pod = pod_of(one)
        pod["containers"][0].pop("env")  # resolved in one of the two
        (settings,) = [volume for volume in pod["volumes"] if volume["name"] == "settings"]
        settings["configMap"] = {}
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert labels["app.kubernetes.io/component"] == "merge"
        del one["spec"]["template"]["metadata"]
    assert made["spec"] == {key: one for key, one in shipped["spec"].items() if key != "suspend"}
    assert list(not_valid(made)) == []


@pytest.mark.parametrize("overlay", ["cpu", "airgapped-embedded"])
def test_any_overlay_s_job_can_be_in_shards_on_one_node(overlay: str, tmp_path: Path) -> None:
    addition = "components: [../../components/shards, ../../components/one-node]"
    objects = overlaid(tmp_path, addition, overlay)
    (job,) = of_kind(objects, "Job")
    for version in ("1.31", "1.36", "1.37"):
        kubernetes_validate.validate(job, version, strict=True)
    assert list(not_valid(job)) == []
    assert list(not_restricted(pod_of(job))) == []
    (term,) = pod_of(job)["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    chosen = term["labelSelector"]["matchLabels"].items()
    assert chosen <= job["spec"]["template"]["metadata"]["labels"].items()


def test_results_in_an_object_store_need_no_volume_and_no_credential_in_a_manifest(
    tmp_path: Path,
) -> None:
    objects = overlaid(tmp_path, "components: [../../components/object-storage]", "shards")
    claims = {one["metadata"]["name"] for one in of_kind(objects, "PersistentVolumeClaim")}
    assert claims == {"evaluator-inputs", "ollama-models"}
    assert of_kind(objects, "Secret") == []
    shards, merge = jobs(objects)
    for job in (shards, merge):
        kubernetes_validate.validate(job, "1.36", strict=True)
        assert list(not_valid(job)) == []
        assert list(not_restricted(pod_of(job))) == []
        (container,) = pod_of(job)["containers"]
        assert container["envFrom"] == [
            {"configMapRef": {"name": "evaluator-store"}},
            {"secretRef": {"name": "evaluator-store", "optional": True}},
        ]
    assert pod_of(merge)["containers"][0]["args"][:2] == ["merge", "$(EVALUATOR_SAVE_TO)"]


def test_a_volume_that_goes_with_its_pod_is_refused_by_the_command(tmp_path: Path) -> None:
    objects = overlaid(tmp_path, "components: [../../components/ephemeral]")
    with pytest.raises(ConfigError, match=r"gone with its pod.*kubectl apply"):
        run_manifests(objects, "ada", "evaluator-ada-x", fresh=False)


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"podReplacementPolicy": "TerminatingOrFailed"}, "podFailurePolicy needs podReplacement"),
        ({"maxFailedIndexes": 5}, "maxFailedIndexes > completions"),
        ({"completionMode": "NonIndexed"}, "limits of indexes without indexes"),
        ({"backoffLimitPerIndex": None}, "maxFailedIndexes needs backoffLimitPerIndex"),
        ({"completions": None}, "completions"),
    ],
)
def test_the_check_of_jobs_finds_what_a_server_refuses(
    change: dict[str, Any], refused: str
) -> None:
    shards, _ = jobs(built("shards"))
    said = {**shards["spec"], **change}
    shards["spec"] = {key: one for key, one in said.items() if one is not None}
    assert any(found.startswith(refused) for found in not_valid(shards))


def test_the_component_is_the_number_of_shards_wherever_it_says_one() -> None:
    text = (ROOT / "components" / "shards" / "kustomization.yaml").read_text("utf-8")
    (patch,) = yaml.safe_load(text)["patches"]
    values = {one["path"]: one["value"] for one in yaml.safe_load(patch["patch"]) if "value" in one}
    last = values["/spec/template/spec/containers/0/args/-"]
    assert values["/spec/completions"] == values["/spec/parallelism"] == int(last)
