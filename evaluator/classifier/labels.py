"""The label names of the model under test, read without loading it."""

from collections.abc import Sequence
from pathlib import Path

from evaluator.classifier.plain_folder import require_countable
from evaluator.classifier.settings_file import model_settings
from evaluator.errors import ModelUnusable

LONGEST_LIST = 30


def model_labels(
    model_dir: Path, given: Sequence[str] | None, corpus: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return label names by class index.

    They come from the model's `config.json`; names given by the user stand in where the config
    names none (`LABEL_0`, `LABEL_1`, …), in the order given. Without them the corpus's own names
    do, if the model has as many classes.

    Args:
        model_dir: A full checkpoint or an adapter.
        given: Names from the user's label file, or None.
        corpus: Names of the corpus that the cases are from, in its order; empty if unknown.

    Raises:
        ModelUnusable: The directory is no model, no names are known, or the user's disagree with
            the model's.
    """
    saved = _saved(model_dir)
    named = saved is not None and any(name != f"LABEL_{index}" for index, name in enumerate(saved))
    if saved is not None and named:
        return tuple(saved)
    if given is None and saved is not None and len(saved) == len(corpus):
        return tuple(corpus)
    if given is None:
        raise ModelUnusable(f"{model_dir} does not name its labels; name them with --labels.")
    if saved is not None and len(given) != len(saved):
        raise ModelUnusable(
            f"the model has {len(saved)} classes but --labels names {len(given)}: {listed(given)}."
        )
    return tuple(given)


def listed(names: Sequence[str]) -> str:
    """Return names for a message, cut where they are many."""
    rest = len(names) - LONGEST_LIST
    shown = ", ".join(names[:LONGEST_LIST])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _saved(model_dir: Path) -> list[str] | None:
    path = model_dir / "config.json"
    if not path.is_file():
        if (model_dir / "adapter_config.json").is_file():
            return None
        what = "is not a model directory: it has no config.json"
        raise ModelUnusable(f"{model_dir} {what if model_dir.is_dir() else 'does not exist'}.")
    config = model_settings(path)
    names = config.get("id2label")
    try:
        if names is None:
            count = int(config.get("num_labels", 2))
            require_countable(path, count)
            # transformers leaves the names out of a config that has the two it would make up.
            return [f"LABEL_{index}" for index in range(count)]
        return [str(names[key]) for key in sorted(names, key=int)]
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError) as error:
        raise ModelUnusable(f"{path} cannot be read: {error}.") from error
