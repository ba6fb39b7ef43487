"""A Kubernetes API in memory, and the command line against it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deploy.kubernetes.api_server import TOKEN, ApiServer, Manifest, api_server, write_kubeconfig
from running import Ended, evaluator

READY = {"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "observedGeneration": 1}


@dataclass(frozen=True)
class Setup:
    """A server and where a kubeconfig for it is."""

    api: ApiServer
    kubeconfig: Path
    url: str

    def k8s(self, *arguments: object, **env: str) -> Ended:
        """Run a command of `evaluator k8s`; whatever it writes, the token is not in it."""
        ended = evaluator("k8s", *arguments, env={"KUBECONFIG": str(self.kubeconfig), **env})
        assert TOKEN not in ended.out + ended.err
        return ended


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Setup]:
    """A cluster in which judges are ready at once."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    with api_server() as (api, url):
        api.controllers["Deployment"] = made_ready
        yield Setup(api, write_kubeconfig(tmp_path / "kubeconfig", url), url)


@pytest.fixture
def judged(cluster: Setup, tmp_path: Path) -> Setup:
    """A cluster with a judge that is ready, and results of `ada` on the volume."""
    metadata = {"name": "ollama", "namespace": "knitfab"}
    pods = {"template": {"spec": {"containers": [{"name": "ollama"}]}}}
    spec = {"replicas": 1, **pods}
    cluster.api.put("Deployment", {"metadata": metadata, "spec": spec, "status": READY})
    cluster.api.controllers["Pod"] = run_at_once
    cluster.api.volume = tmp_path / "volume"
    write_results(cluster.api.volume / "ada")
    return cluster


def write_results(folder: Path) -> None:
    """Write what may be a run directory."""
    (folder / ".journal").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    (folder / "summary.json").write_text('{"schema_version": 1}')
    (folder / ".journal" / "verdicts.jsonl").write_bytes(bytes(range(256)) * 40)


def run_at_once(api: ApiServer, manifest: Manifest) -> None:
    """Have a pod run at once."""
    api.put("Pod", {"metadata": manifest["metadata"], "status": {"phase": "Running"}})


def made_ready(api: ApiServer, manifest: Manifest) -> None:
    """Have a deployment's pods ready at once."""
    api.put("Deployment", {"metadata": manifest["metadata"], "status": READY})


def pod(name: str = "ollama-1", labels: dict[str, str] | None = None, **status: Any) -> Manifest:
    """A pod of the judge, or of whom the labels say."""
    judge = {"app.kubernetes.io/name": "ollama", "app.kubernetes.io/component": "judge"}
    metadata = {"name": name, "namespace": "knitfab", "labels": labels or judge}
    return {"metadata": {**metadata, "uid": f"uid-{name}"}, "status": status}


def without_path(name: str) -> str:
    """A PATH on which a program is not found."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(one for one in folders if not (Path(one) / name).exists())
