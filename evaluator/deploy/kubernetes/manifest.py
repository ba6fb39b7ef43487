"""Kubernetes objects as manifests say them, and where those of this project are."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import evaluator
from evaluator.errors import ConfigError, DeploymentFailed

Manifest = dict[str, Any]

JOB = "Job"
MERGE = "merge"
"""What the job is labelled as a component that merges shards, and how its name ends."""

COMPONENT = "app.kubernetes.io/component"
JUDGES = ("Deployment", "StatefulSet")
GENERATED = re.compile(r"-[bcdfghkmt2456789]{10}")
"""What kustomize adds to the names of ConfigMaps, by their content."""


def shipped_manifests() -> Path:
    """Return the folder of the manifests: in the package, or in the checkout beside it.

    Raises:
        DeploymentFailed: They are in neither.
    """
    package = Path(evaluator.__file__).parent
    for folder in (package / "deploy" / "manifests", package.parent / "k8s"):
        if (folder / "overlays").is_dir():
            return folder
    raise DeploymentFailed("the manifests are not installed; install the evaluator again.")


def overlay_folder(name: str) -> Path:
    """Return the folder of a shipped overlay, or one of the user's own.

    Raises:
        ConfigError: There is none of that name.
    """
    overlays = shipped_manifests() / "overlays"
    names = sorted(path.name for path in overlays.iterdir())
    if name in names:
        return overlays / name
    if (Path(name) / "kustomization.yaml").is_file():
        return Path(name).resolve()
    near = difflib.get_close_matches(name, names, n=1)
    advice = f"did you mean '{near[0]}'" if near else f"there are {', '.join(names)}"
    raise ConfigError(f"there is no overlay '{name}', nor a folder with a kustomization; {advice}.")


def named(manifest: Manifest) -> str:
    """Return an object's name."""
    return str(manifest["metadata"]["name"])


def namespace_of(manifest: Manifest) -> str | None:
    """Return an object's namespace, None where its manifest names none."""
    space: str | None = manifest["metadata"].get("namespace")
    return space


def of_kind(manifests: tuple[Manifest, ...], *kinds: str) -> Iterator[Manifest]:
    """Yield the objects of some kinds."""
    return (one for one in manifests if one["kind"] in kinds)


def generated(manifests: tuple[Manifest, ...], name: str) -> Iterator[Manifest]:
    """Yield the ConfigMaps that kustomize generated under a name."""
    for one in of_kind(manifests, "ConfigMap"):
        if named(one) == name or GENERATED.fullmatch(named(one).removeprefix(name)):
            yield one


def the_job(manifests: tuple[Manifest, ...]) -> Manifest:
    """Return the one job, besides which there may be one that merges its shards.

    Raises:
        ConfigError: There is none, or more than one.
    """
    jobs = [one for one in of_kind(manifests, JOB) if not is_merge(one)]
    if len(jobs) != 1:
        raise ConfigError(f"the overlay must hold one job, and holds {len(jobs)}.")
    return jobs[0]


def is_merge(job: Manifest) -> bool:
    """Whether a job merges the shards of another."""
    return bool(job["metadata"].get("labels", {}).get(COMPONENT) == MERGE)


def shards_of(job: Manifest) -> int | None:
    """Return the number of a job's shards; None where it is in one piece."""
    spec = job.get("spec", {})
    shards = spec.get("completions")
    return shards if spec.get("completionMode") == "Indexed" and isinstance(shards, int) else None


def pod_of(workload: Manifest) -> dict[str, Any]:
    """Return the specification of the pods that a workload makes."""
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    return pod
