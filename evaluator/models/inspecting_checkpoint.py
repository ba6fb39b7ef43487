"""Looking at a full checkpoint."""

from collections.abc import Iterator

from evaluator.errors import ModelUnusable
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.directory import ModelDirectory
from evaluator.models.flaw import Flaw
from evaluator.models.inspection import Inspection
from evaluator.models.memory import needs, sizes_of
from evaluator.models.ollama_imports import way_of_checkpoint
from evaluator.models.stored_tensor import parameters_by_type
from evaluator.models.surroundings import Surroundings
from evaluator.models.tokenizer_files import TokenizerFiles, tokenizer_files
from evaluator.models.vocabulary_check import embedding_rows, vocabulary_flaws
from evaluator.models.weights import Weights, checkpoint_weights

CONFIG = "config.json"
WRITES = ("ForCausalLM", "ForConditionalGeneration", "LMHeadModel")
"""How the classes end whose models can hold a conversation."""


def inspect_checkpoint(directory: ModelDirectory, here: Surroundings) -> Inspection:
    """Return what is known of a full checkpoint.

    Raises:
        ModelUnusable: A file cannot be read, or leads out of the directory.
    """
    config = checkpoint_config(directory)
    weights = checkpoint_weights(directory)
    tokenizer = tokenizer_files(directory)
    counts = parameters_by_type(weights.tensors)
    parameters = sum(counts.values())
    longest = config.language.positions
    context = here.usable_context(longest)
    return Inspection(
        path=str(directory.path),
        form="checkpoint",
        architecture=config.architecture,
        parameters=parameters,
        parameters_by_type=counts,
        size=sum(tensor.size for tensor in weights.tensors),
        tokenizer=tokenizer,
        context=context,
        longest_context=longest,
        memory=needs(sizes_of(parameters), config.cached_numbers, context, here.places),
        places=dict(here.places),
        server=here.server,
        ollama=way_of_checkpoint(config.architecture, here.version),
        flaws=tuple(_flaws(config, weights, tokenizer)),
    )


def checkpoint_config(directory: ModelDirectory) -> CheckpointConfig:
    """Return the settings of a full checkpoint.

    Raises:
        ModelUnusable: There are none, or none that can be read.
    """
    config = directory.document(CONFIG, CheckpointConfig)
    if config is None:
        raise ModelUnusable(f"{directory.path} is not a model directory: it has no {CONFIG}.")
    return config


def _flaws(
    config: CheckpointConfig, weights: Weights, tokenizer: TokenizerFiles | None
) -> Iterator[Flaw]:
    yield from weights.flaws
    if config.architecture is None:
        yield Flaw(
            name="architecture-missing",
            said="config.json does not name an architecture",
            advice="save the model again with the class it was trained with.",
        )
    yield from vocabulary_flaws(tokenizer, config, embedding_rows(weights.shapes))
    writes = (config.architecture or "").endswith(WRITES)
    if writes and tokenizer is not None and not tokenizer.chat_template:
        yield Flaw(
            name="no-chat-template",
            state="warning",
            said="the tokenizer has no chat template",
            advice="name one with TEMPLATE in a Modelfile, or ask it without one.",
        )
