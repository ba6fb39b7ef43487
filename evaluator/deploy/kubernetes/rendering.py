"""Manifests as kustomize makes them of an overlay, by the kustomize that kubectl has in it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

from evaluator.deploy.kubernetes.manifest import Manifest, overlay_folder, shipped_manifests
from evaluator.deploy.kubernetes.overrides import RUN_CONFIG, Overrides, kustomization
from evaluator.deploy.kubernetes.run_config import config_for_pod
from evaluator.deploy.kubernetes.scaling import components
from evaluator.errors import ConfigError, DeploymentFailed

NOTHING = Overrides()
SECONDS = 60


def render(overlay: str, overrides: Overrides = NOTHING) -> str:
    """Return an overlay's manifests as YAML, some things said otherwise.

    Args:
        overlay: Name of a shipped overlay, or a folder with a kustomization.
        overrides: What is said otherwise.

    Raises:
        ConfigError: There is no such overlay, or a value cannot be used.
        DeploymentFailed: kubectl is missing, or fails.
    """
    folder = overlay_folder(overlay)
    text = _kustomize(folder)
    if overrides == NOTHING:
        return text
    with tempfile.TemporaryDirectory(prefix="evaluator-") as named:
        own = Path(named).resolve()
        scaled = own / "scaled"
        numbers = (overrides.judge_replicas, overrides.shards)
        if wanted := list(components(parsed(text), *numbers)):
            text = _scaled(scaled, folder, wanted)
            folder = scaled
        content = kustomization(os.path.relpath(folder.resolve(), own), parsed(text), overrides)
        if overrides.config_file is not None:
            (own / RUN_CONFIG).write_text(config_for_pod(overrides.config_file), "utf-8")
        (own / "kustomization.yaml").write_text(yaml.safe_dump(content), "utf-8")
        return _kustomize(own)


def _scaled(own: Path, overlay: Path, wanted: list[str]) -> str:
    """Write a kustomization of an overlay with shipped components, and return what it makes."""
    own.mkdir()
    shipped = shipped_manifests() / "components"
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(overlay.resolve(), own)],
        "components": [os.path.relpath((shipped / name).resolve(), own) for name in wanted],
    }
    (own / "kustomization.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return _kustomize(own)


def parsed(text: str) -> tuple[Manifest, ...]:
    """Return the objects of a YAML text."""
    return tuple(one for one in yaml.safe_load_all(text) if one)


def _kustomize(folder: Path) -> str:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise DeploymentFailed(
            "kubectl is not installed, whose kustomize makes the manifests; install 1.27 or later."
        )
    try:
        done = subprocess.run(  # noqa: S603 - its path was looked up, and a folder is all it is told
            [kubectl, "kustomize", str(folder)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            env={**os.environ, "KUBECONFIG": os.devnull},  # some ask the cluster for its version
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeploymentFailed(f"kubectl cannot be run: {error}.") from error
    if done.returncode:
        said = " ".join(done.stderr.split()).removeprefix("error: ")
        raise ConfigError(f"the overlay {folder} cannot be built: {said}.")
    return done.stdout
