"""Labels by which what is made here is found again, and told from what others made."""

import copy

from evaluator.deploy.kubernetes.manifest import Manifest

MANAGED_BY, INSTANCE = "app.kubernetes.io/managed-by", "app.kubernetes.io/instance"
OWNER = "evaluator"
OURS = f"{MANAGED_BY}={OWNER}"


def owned(manifest: Manifest, name: str | None = None) -> Manifest:
    """Return a manifest with our labels, also on the pods and claims that it makes.

    Args:
        manifest: An object.
        name: Of the runs that it belongs to; None for what all share.
    """
    added = {MANAGED_BY: OWNER, **({} if name is None else {INSTANCE: name})}
    labelled = copy.deepcopy(manifest)
    _label(labelled, added)
    spec = labelled.get("spec", {})
    for template in (spec.get("template"), *spec.get("volumeClaimTemplates", ())):
        if template is not None:
            _label(template, added)
    return labelled


def is_ours(manifest: Manifest) -> bool:
    """Return whether an object has our label, so that `down` deletes it."""
    return bool(manifest["metadata"].get("labels", {}).get(MANAGED_BY) == OWNER)


def _label(manifest: Manifest, added: dict[str, str]) -> None:
    metadata = manifest.setdefault("metadata", {})
    metadata["labels"] = {**metadata.get("labels", {}), **added}


def runs_of(name: str) -> str:
    """Return the selector of what belongs to a run's name."""
    return f"{OURS},{INSTANCE}={name}"
