"""Looking at an adapter and its base."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evaluator.errors import ModelUnusable
from evaluator.models.adapter_check import adapter_flaws
from evaluator.models.adapter_config import AdapterConfig
from evaluator.models.base_model import find_base
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.directory import ModelDirectory
from evaluator.models.flaw import Flaw
from evaluator.models.inspecting_checkpoint import CONFIG, checkpoint_config
from evaluator.models.inspection import BaseModelFound, Inspection
from evaluator.models.lora_tensors import AdapterTensors, adapter_tensors
from evaluator.models.memory import Need, needs, sizes_of
from evaluator.models.ollama_imports import way_of_adapter
from evaluator.models.stored_tensor import parameters_by_type
from evaluator.models.surroundings import Surroundings
from evaluator.models.tokenizer_files import TokenizerFiles, tokenizer_files
from evaluator.models.vocabulary_check import embedding_rows, vocabulary_flaws
from evaluator.models.weights import Weights, adapter_weights, checkpoint_weights

ADAPTER_CONFIG = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class _Base:
    """A base model that is on this machine.

    Attributes:
        directory: Where.
        config: Its settings.
        weights: Its weights.
    """

    directory: ModelDirectory
    config: CheckpointConfig
    weights: Weights

    @property
    def parameters(self) -> int:
        return sum(tensor.count for tensor in self.weights.tensors)


def inspect_adapter(
    directory: ModelDirectory, base_named: str | None, here: Surroundings
) -> Inspection:
    """Return what is known of an adapter.

    Args:
        directory: The adapter.
        base_named: Path or hub name of its base, which overrides its own.
        here: What it is meant to fit into.

    Raises:
        ModelUnusable: A file cannot be read, or leads out of the directory.
    """
    config = adapter_config(directory)
    name = base_named or config.base_model_name_or_path
    base = _base_of(name, None if base_named else config.revision)
    weights = adapter_weights(directory)
    tensors = adapter_tensors(weights.tensors)
    tokenizer = tokenizer_files(directory)
    if tokenizer is None and base is not None:
        tokenizer = tokenizer_files(base.directory)
    counts = parameters_by_type(weights.tensors)
    longest = None if base is None else base.config.language.positions
    architecture = None if base is None else base.config.architecture
    return Inspection(
        path=str(directory.path),
        form="adapter",
        architecture=architecture,
        parameters=sum(counts.values()),
        parameters_by_type=counts,
        size=sum(tensor.size for tensor in weights.tensors),
        base=_found(name, base),
        tokenizer=tokenizer,
        context=here.usable_context(longest),
        longest_context=longest,
        memory=_needs(base, sum(counts.values()), here),
        places=dict(here.places),
        server=here.server,
        ollama=way_of_adapter(config, architecture, here.version),
        flaws=(
            *weights.flaws,
            *_base_flaws(name, base),
            *_own_config_flaws(directory, base, tensors),
            *_fitting_flaws(config, tensors, base),
            *_vocabulary_flaws(tokenizer, base, tensors),
        ),
    )


def adapter_config(directory: ModelDirectory) -> AdapterConfig:
    """Return the settings of an adapter.

    Raises:
        ModelUnusable: There are none, or none that can be read.
    """
    config = directory.document(ADAPTER_CONFIG, AdapterConfig)
    if config is None:
        raise ModelUnusable(f"{directory.path} is not an adapter: it has no {ADAPTER_CONFIG}.")
    return config


def _base_of(name: str | None, revision: str | None) -> _Base | None:
    directory = find_base(name, revision) if name else None
    if directory is None or directory.file(CONFIG) is None:
        return None
    return _Base(directory, checkpoint_config(directory), checkpoint_weights(directory))


def _found(name: str | None, base: _Base | None) -> BaseModelFound | None:
    if name is None:
        return None
    if base is None:
        return BaseModelFound(name=name, path=None, architecture=None, parameters=None)
    return BaseModelFound(
        name=name,
        path=str(base.directory.path),
        architecture=base.config.architecture,
        parameters=base.parameters or None,
    )


def _needs(base: _Base | None, own: int, here: Surroundings) -> tuple[Need, ...]:
    if base is None or not base.parameters:
        return ()
    context = here.usable_context(base.config.language.positions)
    sizes = sizes_of(base.parameters + own)
    return needs(sizes, base.config.cached_numbers, context, here.places)


def _base_flaws(name: str | None, base: _Base | None) -> Iterator[Flaw]:
    if not name:
        yield Flaw(
            name="base-not-named",
            said="the adapter does not name its base model",
            advice="name it with --base.",
        )
    elif base is None:
        yield Flaw(
            name="base-not-found",
            said=f"the base model '{name}' is neither a model directory here nor in the cache of "
            "the hub",
            advice="correct base_model_name_or_path, name it with --base, or fetch it first.",
        )
    elif base.config.quantized is not None:
        yield Flaw(
            name="base-quantized",
            state="warning",
            said=f"the base model '{name}' is kept quantized",
            advice="to merge, name the same model in full precision with --base.",
        )
    if base is not None:
        for flaw in base.weights.flaws:
            yield flaw.model_copy(update={"said": f"of the base model: {flaw.said}"})


def _fitting_flaws(
    config: AdapterConfig, tensors: AdapterTensors, base: _Base | None
) -> Iterable[Flaw]:
    if base is None:
        return adapter_flaws(config, tensors, None, {})
    return adapter_flaws(config, tensors, base.config, base.weights.shapes)


def _own_config_flaws(
    directory: ModelDirectory, base: _Base | None, tensors: AdapterTensors
) -> Iterator[Flaw]:
    """Return what is wrong with a config.json that lies beside the adapter."""
    own = directory.document(CONFIG, CheckpointConfig)
    if own is None or base is None:
        return
    for flaw in adapter_flaws(AdapterConfig(peft_type=""), tensors, own, {}):
        if flaw.name == "base-mismatch":
            yield Flaw(
                name="config-of-another-base",
                said=f"the config.json beside the adapter is of another model: {flaw.said}",
                advice="delete it, or put that of the base model there.",
            )


def _vocabulary_flaws(
    tokenizer: TokenizerFiles | None, base: _Base | None, tensors: AdapterTensors
) -> Iterator[Flaw]:
    if base is None:
        return
    own = embedding_rows({name: tensor.shape for name, tensor in tensors.whole.items()})
    rows = own or embedding_rows(base.weights.shapes)
    config = base.config if own is None else CheckpointConfig.model_validate({})
    yield from vocabulary_flaws(tokenizer, config, rows)
