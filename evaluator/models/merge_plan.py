"""Which tensors a merged model is made of, decided from headers alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from evaluator.errors import ModelUnusable
from evaluator.models.adapter_check import adapter_flaws
from evaluator.models.adapter_config import AdapterConfig
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.flaw import Flaw
from evaluator.models.lora_tensors import AdapterTensors, LoraTensors, name_in_base
from evaluator.models.stored_tensor import StoredTensor
from evaluator.models.tied_head import head_is_untied
from evaluator.models.vocabulary_check import TABLES
from evaluator.models.weights import Weights, listed

MERGED_TYPES = frozenset({"F64", "F32", "F16", "BF16"})
CLASSIFIES = "SEQ_CLS"
CLASSIFIER = "ForSequenceClassification"
LANGUAGE_HEAD = "lm_head."

NOT_MERGED = (
    *("use_qalora", "layer_replication", "target_parameters", "lora_bias", "use_bdlora"),
    *("trainable_token_indices", "alora_invocation_tokens", "megatron_config"),
    *("kasa_config", "arrow_config", "monteclora_config", "velora_config"),
)
"""Settings of PEFT that make an adapter more than matrices added to weights."""

LEAVE_THE_BASE = frozenset({"gaussian", "eva", "orthogonal"})
"""Ways to begin matrices that do not change the base model's own weights."""

BY_PEFT = "merge it where it was trained, with PEFT's merge_and_unload."


@dataclass(frozen=True, slots=True)
class Change:
    """How LoRA changes a weight.

    Attributes:
        module: The module's name in the adapter.
        tensors: The matrices.
        alpha: What their product is scaled by, times the rank or its root.
        scale: What their product is scaled by.
        transposed: Whether the weight is kept as inputs by outputs.
    """

    module: str
    tensors: LoraTensors
    alpha: float
    scale: float
    transposed: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A tensor of the merged model.

    Attributes:
        name: Its name there.
        path: The file that it is read from.
        tensor: What it is read from that file as; its type and shape stay.
        change: How it is changed; None for a copy.
    """

    name: str
    path: Path
    tensor: StoredTensor
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What is written.

    Attributes:
        files: The pieces of each file of weights.
        adapter: The file with the adapter's tensors.
        classes: How many classes the adapter's own head has; None without one.
        unties: Whether the head is the base's table of embeddings and here a table of its own.
    """

    files: tuple[tuple[Piece, ...], ...]
    adapter: Path
    classes: int | None
    unties: bool

    @property
    def pieces(self) -> Iterator[Piece]:
        """Return the pieces of all files."""
        return (piece for pieces in self.files for piece in pieces)

    @property
    def changes(self) -> list[Piece]:
        """Return the pieces that are changed."""
        return [piece for piece in self.pieces if piece.change is not None]

    @property
    def size(self) -> int:
        """Return the bytes of all pieces."""
        return sum(piece.tensor.size for piece in self.pieces)

    @property
    def parameters(self) -> int:
        """Return how many parameters the merged model has."""
        return sum(piece.tensor.count for piece in self.pieces)


def plan_merge(
    config: AdapterConfig,
    adapter: AdapterTensors,
    adapter_file: Path,
    base_config: CheckpointConfig,
    base: Weights,
) -> MergePlan:
    """Return what the merged model is made of.

    Raises:
        ModelUnusable: The adapter cannot be merged into the base, or not by adding to weights.
    """
    _require_mergeable(config, adapter, base_config)
    _require_sound(base.flaws)
    _require_sound(adapter_flaws(config, adapter, base_config, base.shapes))
    changes = {
        f"{module}.weight": _change(module, tensors, config, base_config, base.shapes)
        for module, tensors in adapter.lora.items()
    }
    files = _files_of_base(config, adapter, adapter_file, base, changes)
    names = {piece.name for pieces in files for piece in pieces}
    brought = adapter.whole.items()
    added = [Piece(name, adapter_file, one) for name, one in brought if name not in names]
    files[-1] += added
    touched = changes.keys() | adapter.whole.keys()
    plan = MergePlan(
        tuple(map(tuple, files)),
        adapter_file,
        _classes(config, added),
        unties=not classifies(config, base_config)
        and head_is_untied(base_config, touched, names | adapter.whole.keys()),
    )
    _require_full_precision(plan.changes)
    return plan


def classifies(config: AdapterConfig, base: CheckpointConfig) -> bool:
    """Return whether the merged model gives classes and does not write."""
    return config.task_type == CLASSIFIES or (base.architecture or "").endswith(CLASSIFIER)


def _require_mergeable(
    config: AdapterConfig, adapter: AdapterTensors, base: CheckpointConfig
) -> None:
    if config.peft_type != "LORA":
        raise ModelUnusable(
            f"the adapter is of the kind {config.peft_type}, and LoRA alone can be merged here; "
            f"{BY_PEFT}"
        )
    more = [key for key in NOT_MERGED if config.told(key)]
    unknown = [name for name in adapter.whole if "lora_" in name]
    unknown += [
        module
        for module, one in adapter.lora.items()
        if one.embedded and (config.use_dora or one.magnitude is not None)
    ]
    if more or unknown:
        raise ModelUnusable(
            f"the adapter uses {listed([*more, *unknown])}, which cannot be merged here; {BY_PEFT}"
        )
    if isinstance(config.init_lora_weights, str) and (
        config.init_lora_weights not in LEAVE_THE_BASE
    ):
        raise ModelUnusable(
            f"the adapter began as {config.init_lora_weights}, which changes the base model, too; "
            "save it as a plain LoRA where it was trained."
        )
    if base.quantized is not None:
        raise ModelUnusable(
            "the base model is kept quantized; name the same model in full precision with --base."
        )
    bare = [
        name for name, one in adapter.lora.items() if config.use_dora != (one.magnitude is not None)
    ]
    if bare:
        raise ModelUnusable(
            f"the adapter's settings and its tensors disagree about DoRA ({listed(bare)}); "
            "save it again where it was trained."
        )


def _require_sound(flaws: Iterable[Flaw]) -> None:
    for flaw in flaws:
        if flaw.state == "broken":
            raise ModelUnusable(f"{flaw.said}; {flaw.advice}")


def _require_full_precision(changes: Iterable[Piece]) -> None:
    odd = [piece.name for piece in changes if piece.tensor.type not in MERGED_TYPES]
    if odd:
        raise ModelUnusable(
            f"the base keeps {listed(odd)} quantized; name the same model in full precision with "
            "--base."
        )


def _require_same_table(own: StoredTensor, of_base: StoredTensor) -> None:
    if own.shape == of_base.shape:
        return
    table = of_base.name.endswith(TABLES)
    advice = "resize the base's embeddings to the tokenizer first" if table else "name another base"
    raise ModelUnusable(
        f"the adapter brings {of_base.name} in the shape {own.shape}, and the base has it as "
        f"{of_base.shape}; {advice}."
    )


def _prefix(modules: Iterable[str], names: Mapping[str, object]) -> str:
    """Return what the adapter's names have in front of those of a base without its head."""
    for module in modules:
        if name_in_base(module, names) != f"{module}.weight":
            return module.partition(".")[0] + "."
    return ""


def _files_of_base(
    config: AdapterConfig,
    adapter: AdapterTensors,
    adapter_file: Path,
    base: Weights,
    changes: Mapping[str, Change],
) -> list[list[Piece]]:
    """Return what the base's files become, with the adapter's own tensors in place of the base's.

    A model of classes is written without the head that writes.
    """
    prefix = _prefix(adapter.lora, base.shapes)
    files = []
    for path, tensors in base.files.items():
        pieces = []
        for tensor in tensors:
            name = prefix + tensor.name
            if config.task_type == CLASSIFIES and name.startswith(LANGUAGE_HEAD):
                continue
            own = adapter.whole.get(name)
            if own is None:
                pieces.append(Piece(name, path, tensor, changes.get(name)))
            else:
                _require_same_table(own, tensor)
                pieces.append(Piece(name, adapter_file, own, changes.get(name)))
        files.append(pieces)
    return files


def _change(
    module: str,
    tensors: LoraTensors,
    config: AdapterConfig,
    base: CheckpointConfig,
    shapes: Mapping[str, tuple[int, ...]],
) -> Change:
    from peft.utils.other import get_pattern_key

    rank = tensors.down.shape[0]
    key = get_pattern_key(config.alpha_pattern.keys(), module)
    alpha = config.alpha_pattern.get(key, config.lora_alpha)
    shape = shapes[name_in_base(module, shapes) or ""]
    return Change(
        module=module,
        tensors=tensors,
        alpha=alpha,
        scale=alpha / (sqrt(rank) if config.use_rslora else rank),
        transposed=bool(tensors.transposes(shape, base.model_type)),
    )


def _classes(config: AdapterConfig, added: Iterable[Piece]) -> int | None:
    """Return the classes of the head that an adapter adds to a base without one."""
    if config.task_type != CLASSIFIES:
        return None
    heads = (piece for piece in added if piece.name.endswith(".weight"))
    widths = [piece.tensor.shape[0] for piece in heads if piece.tensor.shape]
    return min(widths, default=None)  # what leads to the classes is wider than they are
