"""Digests of what a run was made from, so that a changed input is not mistaken for the same."""

from evaluator.cases.digest import text_sha256
from evaluator.judge.labels import LabelSet


def labels_fingerprint(labels: LabelSet) -> str:
    """Return a digest of the names, plain names and aliases of a label set."""
    lines = ("\x1f".join((label.name, label.plain, *label.aliases)) for label in labels)
    return text_sha256("\n".join(lines))
