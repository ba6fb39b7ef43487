"""Where an adapter's base model is on this machine; the network is never asked."""

import os
import re
from pathlib import Path

from evaluator.models.directory import ModelDirectory
from evaluator.paths import at_home

HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", re.ASCII)
REVISION = re.compile(r"[0-9a-f]{40}")
MAIN = "main"


def find_base(named: str, revision: str | None = None) -> ModelDirectory | None:
    """Return a base model's directory, or None where it is not on this machine.

    Args:
        named: Its path, or its name on the hub, whose cache is looked into.
        revision: Of a model on the hub; None for its main one.
    """
    path = at_home(Path(named))
    if path.is_dir():
        return ModelDirectory(path)
    if HUB_NAME.fullmatch(named) is None:
        return None
    stored = hub_cache() / f"models--{named.replace('/', '--')}"
    wanted = revision or MAIN
    if REVISION.fullmatch(wanted) is None:
        if HUB_NAME.fullmatch(wanted) is None:
            return None
        try:
            wanted = (stored / "refs" / wanted).read_text("ascii").strip()[:40]
        except (OSError, ValueError):
            return None
    snapshot = stored / "snapshots" / wanted
    known = REVISION.fullmatch(wanted) is not None and snapshot.is_dir()
    return ModelDirectory(snapshot) if known else None


def hub_cache() -> Path:
    """Return the folder where models of the hub are kept, as its own client finds it."""
    own = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if own:
        return at_home(Path(own))
    home = os.environ.get("HF_HOME")
    if home:
        return at_home(Path(home)) / "hub"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "huggingface" / "hub"
