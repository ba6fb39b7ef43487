"""Whether a tokenizer fits a table of embeddings."""

from collections.abc import Iterator, Mapping

from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.flaw import Flaw
from evaluator.models.tokenizer_files import TokenizerFiles

TABLES = (
    "embed_tokens.weight",
    "wte.weight",
    "word_embeddings.weight",
    "tok_embeddings.weight",
    "embed_in.weight",
    "token_embd.weight",
)


def embedding_rows(shapes: Mapping[str, tuple[int, ...]]) -> int | None:
    """Return the rows of the table of embeddings, or None where none is known."""
    return next(
        (shape[0] for name, shape in shapes.items() if name.endswith(TABLES) and shape), None
    )


def vocabulary_flaws(
    tokenizer: TokenizerFiles | None, config: CheckpointConfig, rows: int | None
) -> Iterator[Flaw]:
    """Return what is wrong between a tokenizer, the settings and the embeddings.

    Args:
        tokenizer: None where there is none.
        config: The model's settings.
        rows: Of the table of embeddings; None where it is not known.
    """
    told = config.language.vocabulary
    if rows is not None and told is not None and rows != told:
        yield Flaw(
            name="vocabulary-mismatch",
            said=f"config.json says {told} tokens and the table of embeddings has {rows} rows",
            advice="put the config.json back that was saved with these weights.",
        )
    there = rows or told
    if tokenizer is None:
        yield Flaw(
            name="no-tokenizer",
            said="there is no tokenizer beside the weights",
            advice="copy tokenizer.json and tokenizer_config.json from the base model.",
        )
    elif there is not None and tokenizer.tokens is not None and tokenizer.tokens > there:
        added = f" ({tokenizer.added} of them added)" if tokenizer.added else ""
        given = f"the tokenizer gives {tokenizer.tokens} tokens{added}"
        yield Flaw(
            name="vocabulary-mismatch",
            said=f"{given} and the model knows {there}",
            advice="use the tokenizer that was saved with these weights, or train and save the "
            "embeddings of the added tokens, too.",
        )
