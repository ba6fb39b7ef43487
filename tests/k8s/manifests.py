"""The shipped manifests as kubectl builds them, and what must hold of all of them."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent / "k8s"
OVERLAYS = sorted(path.name for path in (ROOT / "overlays").iterdir())
STANDALONE = "ollama.yaml"
EVERYTHING = [*OVERLAYS, STANDALONE]
OLDEST, NEWEST = "1.31", "1.37"
"""Of Kubernetes."""

Manifest = dict[str, Any]


@cache
def built(name: str) -> tuple[Manifest, ...]:
    """The objects of an overlay, or of the file that stands alone."""
    if name == STANDALONE:
        return tuple(yaml.safe_load_all((ROOT / STANDALONE).read_text("utf-8")))
    return kustomized(ROOT / "overlays" / name)


def kustomized(folder: Path) -> tuple[Manifest, ...]:
    """The objects that kubectl builds of a folder."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def overlaid(folder: Path, addition: str, overlay: str = "knitfab") -> tuple[Manifest, ...]:
    """The objects of an overlay with a line of somebody's own, made in a folder."""
    copied = shutil.copytree(ROOT, folder / "k8s")
    mine = copied / "overlays" / "mine"
    mine.mkdir()
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    (mine / "kustomization.yaml").write_text(
        f"{head}resources: [../{overlay}]\n{addition}\n", "utf-8"
    )
    return kustomized(mine)


def of_kind(objects: tuple[Manifest, ...], *kinds: str) -> list[Manifest]:
    """The objects of some kinds."""
    return [one for one in objects if one["kind"] in kinds]


def workloads(name: str) -> list[Manifest]:
    """What makes pods."""
    return of_kind(built(name), "Deployment", "StatefulSet", "Job")


def pod_of(workload: Manifest) -> Manifest:
    """The pod that a workload makes."""
    pod: Manifest = workload["spec"]["template"]["spec"]
    return pod


def containers(pod: Manifest) -> Iterator[Manifest]:
    """All containers of a pod."""
    yield from pod.get("initContainers", [])
    yield from pod["containers"]


def container(name: str, called: str) -> Manifest:
    """A container of the judge or of the job, which the merge of shards has, too."""
    (found, *_) = [
        one for work in workloads(name) for one in containers(pod_of(work)) if one["name"] == called
    ]
    return found


def not_restricted(pod: Manifest) -> Iterator[str]:
    """Yield what the Pod Security Standard `restricted` forbids of a pod."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield key
    allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret", "csi"}
    for volume in pod.get("volumes", []):
        yield from (f"volume {kind}" for kind in set(volume) - {"name"} - allowed)
    shared = pod.get("securityContext", {})
    for one in containers(pod):
        own = {**shared, **one.get("securityContext", {})}
        name = one["name"]
        if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
            yield f"{name}: privileges"
        if own.get("runAsNonRoot") is not True or own.get("runAsUser", 0) == 0:
            yield f"{name}: root"
        if own.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{name}: seccomp"
        capabilities = own.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", []) or capabilities.get("add"):
            yield f"{name}: capabilities"
        if any("hostPort" in port for port in one.get("ports", [])):
            yield f"{name}: host port"
