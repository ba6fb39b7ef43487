"""Whether a model's head is its table of embeddings, which a merge into that table would change."""

from collections.abc import Set
from contextlib import suppress

from evaluator.errors import ModelUnusable
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.vocabulary_check import TABLES
from evaluator.models.weights import listed

HEADS = ("lm_head.weight", "embed_out.weight")


def head_is_untied(base: CheckpointConfig, touched: Set[str], names: Set[str]) -> bool:
    """Return whether a merged model that writes keeps a head apart that its base does not.

    An adapter that changes the table alone leaves the head of the base as it was. Once the table
    is stored changed, a head that is tied to it would change with it.

    Args:
        base: The base's settings.
        touched: The tensors that the adapter changes or brings.
        names: All tensors of the merged model.

    Raises:
        ModelUnusable: The table is touched, and the model has no head but the table.
    """
    tables = [name for name in touched if name.endswith(TABLES)]
    head_touched = any(name.endswith(HEADS) for name in touched)
    has_head = any(name.endswith(HEADS) for name in names)
    if not (tables or head_touched) or not _ties(base, has_head):
        return False
    if not has_head:
        raise ModelUnusable(
            f"the adapter changes {listed(sorted(tables))}, which the base uses as its head, too, "
            "and a merged model would change both; untie the base's head where it was trained "
            "(tie_word_embeddings: false, with the head saved), and name that base with --base."
        )
    return True


def _ties(base: CheckpointConfig, has_head: bool) -> bool:
    """Return whether a base's head is tied, by its settings or what its family takes for granted.

    Of a family that is not known or takes nothing for granted, it is where no head is stored.
    """
    from transformers import CONFIG_MAPPING

    for config in (base, base.language):
        if config.tied is not None:
            return config.tied
    family = base.language.model_type or base.model_type
    if family in CONFIG_MAPPING:
        with suppress(Exception):  # of a family whose settings cannot all be left out
            return bool(getattr(CONFIG_MAPPING[family](), "tie_word_embeddings", not has_head))
    return not has_head
