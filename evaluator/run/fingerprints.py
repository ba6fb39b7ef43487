"""Digests of what a run was made from, so that a changed input is not mistaken for the same."""

from evaluator.cases import CaseSource
from evaluator.cases.digest import file_sha256, text_sha256
from evaluator.classifier.files import checkpoint_fingerprint
from evaluator.judge.labels import Label, LabelSet
from evaluator.judge.rubric import Rubric
from evaluator.judge.sentinels import clue_of
from evaluator.run.settings import RunSettings, Settings

DIGITS_OF_A_RUBRIC = 16


def labels_fingerprint(labels: LabelSet) -> str:
    """Return a digest of the names, plain names and aliases of a label set.

    A description counts where the judge is asked about it, which it is for want of an alias.
    """
    return text_sha256("\n".join(_described(label) for label in labels))


def _described(label: Label) -> str:
    names = "\x1f".join((label.name, label.plain, *label.aliases))
    is_asked = label.description and clue_of(label) == label.description
    return f"{names}\x1e{label.description}" if is_asked else names


def rubric_fingerprint(rubric: Rubric) -> str:
    """Return a rubric's name and the beginning of a digest of all that it says."""
    return f"{rubric.name}@{text_sha256(rubric.model_dump_json())[:DIGITS_OF_A_RUBRIC]}"


def judging_fingerprints(settings: Settings, labels: LabelSet, rubric: Rubric) -> dict[str, str]:
    """Return digests of what the judge stage reads from files.

    Raises:
        DataUnusable: The matrix cannot be read.
    """
    found = {"labels": labels_fingerprint(labels), "rubric": rubric_fingerprint(rubric)}
    if settings.matrix is not None:
        found["matrix"] = file_sha256(settings.matrix)
    return found


def run_fingerprints(
    settings: RunSettings, source: CaseSource, labels: LabelSet, rubric: Rubric
) -> dict[str, str]:
    """Return digests of everything that `evaluator run` reads.

    Args:
        settings: Which model and matrix.
        source: The cases, as they were already opened.
        labels: The label set.
        rubric: What the judge is asked.

    Raises:
        DataUnusable: The cases or the matrix cannot be read.
        ModelUnusable: The model's files cannot be read.
    """
    return {
        "data": source.fingerprint,
        "model": checkpoint_fingerprint(settings.model_path, settings.base_model),
        **judging_fingerprints(settings, labels, rubric),
    }
