"""What clusters differ in, and the kustomization that says it of an overlay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evaluator.deploy.kubernetes.manifest import (
    JOB,
    JUDGES,
    Manifest,
    generated,
    named,
    namespace_of,
    of_kind,
    pod_of,
    the_job,
)
from evaluator.deploy.kubernetes.names import (
    checked_name,
    checked_quantity,
    checked_resource,
    image_parts,
)
from evaluator.deploy.kubernetes.scaling import judge_patches, judge_url, shard_patches
from evaluator.errors import ConfigError

RUN_CONFIG = "run.yaml"
CONTAINER = "/spec/template/spec/containers/0"

Patch = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What of an overlay is said otherwise; None leaves it as it is.

    Attributes:
        namespace: Where everything goes.
        image: The evaluator's.
        judge_image: Ollama's.
        judge_model: What the judge pulls and the job asks.
        judge_cpu: Processors of the judge, as its request and its limit.
        judge_memory: Memory of the judge, likewise.
        job_cpu: Processors of the job.
        job_memory: Memory of the job.
        gpu: The resource that the judge claims one of.
        storage_class: Of all claims that are made.
        inputs_claim: A claim that is there already, with the model under test and the data.
        results_claim: A claim that is there already, for the run directory.
        models_claim: A claim that is there already, with the judge's model.
        config_file: Settings of the run.
        judge_replicas: Judges side by side.
        shards: Of the job.
    """

    namespace: str | None = None
    image: str | None = None
    judge_image: str | None = None
    judge_model: str | None = None
    judge_cpu: str | None = None
    judge_memory: str | None = None
    job_cpu: str | None = None
    job_memory: str | None = None
    gpu: str | None = None
    storage_class: str | None = None
    inputs_claim: str | None = None
    results_claim: str | None = None
    models_claim: str | None = None
    config_file: Path | None = None
    judge_replicas: int | None = None
    shards: int | None = None


def kustomization(
    overlay: str, manifests: tuple[Manifest, ...], overrides: Overrides
) -> dict[str, Any]:
    """Return a kustomization of an overlay that says some things otherwise.

    Args:
        overlay: The overlay's folder, as seen from that of the kustomization.
        manifests: What the overlay makes.
        overrides: What is said otherwise.

    Raises:
        ConfigError: A value is no name or amount, or the overlay has nothing that it could change.
    """
    content: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [overlay],
    }
    if overrides.namespace is not None:
        spaces = {namespace_of(one) for one in manifests if one["kind"] != "Namespace"}
        if len(spaces) > 1:
            raise ConfigError(
                "--namespace cannot be given for an overlay of several namespaces; leave it out."
            )
        content["namespace"] = checked_name(overrides.namespace, "--namespace")
    content["images"] = list(_images(manifests, overrides))
    content["configMapGenerator"] = list(_config_maps(manifests, overrides))
    content["patches"] = [
        *_resources(manifests, overrides),
        *_volumes(manifests, overrides),
        *_numbers(manifests, overrides),
    ]
    return content


def _images(manifests: tuple[Manifest, ...], overrides: Overrides) -> Iterator[dict[str, str]]:
    if overrides.image is not None:
        was = _image_name(the_job(manifests))
        yield {"name": was, **image_parts(overrides.image, "--image")}
    if overrides.judge_image is not None:
        was = _image_name(_judge(manifests, "--judge-image"))
        yield {"name": was, **image_parts(overrides.judge_image, "--judge-image")}


def _image_name(workload: Manifest) -> str:
    image = str(pod_of(workload)["containers"][0]["image"])
    return image_parts(image, "the overlay's image")["newName"]


def _config_maps(manifests: tuple[Manifest, ...], overrides: Overrides) -> Iterator[dict[str, Any]]:
    said: list[tuple[str, dict[str, Any]]] = []
    if literals := list(_judge_literals(manifests, overrides)):
        said.append(("judge", {"literals": literals}))
    if overrides.config_file is not None:
        said.append(("evaluation", {"files": [RUN_CONFIG]}))
    for name, content in said:
        for one in generated(manifests, name):
            space = namespace_of(one)
            place = {} if space is None else {"namespace": space}
            yield {"name": name, **place, "behavior": "merge", **content}


def _judge_literals(manifests: tuple[Manifest, ...], overrides: Overrides) -> Iterator[str]:
    if overrides.judge_model is not None:
        if not any(generated(manifests, "judge")):
            raise ConfigError("--judge-model needs an overlay with a judge; leave it out.")
        yield f"JUDGE_MODEL={overrides.judge_model}"
    if overrides.judge_replicas is not None:
        yield f"JUDGE_URL={judge_url(manifests)}"


def _numbers(manifests: tuple[Manifest, ...], overrides: Overrides) -> Iterator[Patch]:
    if overrides.judge_replicas is not None:
        yield from judge_patches(manifests, overrides.judge_replicas)
    if overrides.shards is not None:
        yield from shard_patches(manifests, overrides.shards)


def _resources(manifests: tuple[Manifest, ...], overrides: Overrides) -> Iterator[Patch]:
    job = _amounts(overrides.job_cpu, overrides.job_memory, "--job")
    if job:
        yield _resources_of(the_job(manifests), job, None)
    judge = _amounts(overrides.judge_cpu, overrides.judge_memory, "--judge")
    if judge or overrides.gpu is not None:
        gpu = None if overrides.gpu is None else checked_resource(overrides.gpu, "--gpu")
        yield _resources_of(_judge(manifests, "--judge-cpu, --judge-memory or --gpu"), judge, gpu)


def _amounts(cpu: str | None, memory: str | None, flag: str) -> dict[str, str]:
    said = {"cpu": cpu, "memory": memory}
    return {
        name: checked_quantity(amount, f"{flag}-{name}")
        for name, amount in said.items()
        if amount is not None
    }


def _resources_of(workload: Manifest, amounts: dict[str, str], gpu: str | None) -> Patch:
    resources = pod_of(workload)["containers"][0]["resources"]
    changed = {}
    for bound in ("requests", "limits"):
        kept = {
            name: amount
            for name, amount in resources.get(bound, {}).items()
            if gpu is None or "/" not in name
        }
        changed[bound] = {**kept, **amounts, **({} if gpu is None else {gpu: 1})}
    return _patch(
        workload["kind"],
        named(workload),
        {"op": "add", "path": f"{CONTAINER}/resources", "value": changed},
    )


def _volumes(manifests: tuple[Manifest, ...], overrides: Overrides) -> Iterator[Patch]:
    claimed = {
        "inputs": (overrides.inputs_claim, (JOB,)),
        "results": (overrides.results_claim, (JOB,)),
        "models": (overrides.models_claim, JUDGES),
    }
    for volume, (claim, kinds) in claimed.items():
        if claim is not None:
            checked_name(claim, f"--{volume}-claim")
            yield from _existing_claim(manifests, volume, claim, kinds)
    if overrides.storage_class is not None:
        yield from _storage_class(manifests, overrides)


def _existing_claim(
    manifests: tuple[Manifest, ...], volume: str, claim: str, kinds: tuple[str, ...]
) -> Iterator[Patch]:
    """Yield what makes a workload use a claim that is there, and no longer makes one."""
    for workload in of_kind(manifests, *kinds):
        for place, one in enumerate(pod_of(workload).get("volumes", [])):
            was = one.get("persistentVolumeClaim", {}).get("claimName")
            if one["name"] != volume or was is None:
                continue
            path = f"/spec/template/spec/volumes/{place}/persistentVolumeClaim/claimName"
            yield _patch(
                workload["kind"], named(workload), {"op": "replace", "path": path, "value": claim}
            )
            if any(named(made) == was for made in of_kind(manifests, "PersistentVolumeClaim")):
                yield {"patch": _deletion(was, namespace_of(workload))}
            return
    raise ConfigError(f"--{volume}-claim needs an overlay with such a volume; leave it out.")


def _deletion(claim: str, namespace: str | None) -> str:
    metadata = {"name": claim, **({} if namespace is None else {"namespace": namespace})}
    text: str = yaml.safe_dump(
        {
            "$patch": "delete",
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": metadata,
        }
    )
    return text


def _storage_class(manifests: tuple[Manifest, ...], overrides: Overrides) -> Iterator[Patch]:
    value = checked_name(str(overrides.storage_class), "--storage-class")
    for one in of_kind(manifests, "PersistentVolumeClaim"):
        yield _patch(
            one["kind"], named(one), {"op": "add", "path": "/spec/storageClassName", "value": value}
        )
    for one in of_kind(manifests, "StatefulSet"):
        for place, _ in enumerate(one["spec"].get("volumeClaimTemplates", [])):
            path = f"/spec/volumeClaimTemplates/{place}/spec/storageClassName"
            yield _patch(one["kind"], named(one), {"op": "add", "path": path, "value": value})


def _patch(kind: str, name: str, change: dict[str, Any]) -> Patch:
    return {"target": {"kind": kind, "name": f"^{name}$"}, "patch": json.dumps([change])}


def _judge(manifests: tuple[Manifest, ...], flag: str) -> Manifest:
    for one in of_kind(manifests, *JUDGES):
        return one
    raise ConfigError(f"{flag} cannot be given for an overlay without a judge; leave it out.")
