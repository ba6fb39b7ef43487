"""Whether an adapter belongs to a base model."""

from collections.abc import Iterator, Mapping

from evaluator.models.adapter_config import AdapterConfig
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.flaw import Flaw
from evaluator.models.lora_tensors import AdapterTensors, LoraTensors, name_in_base
from evaluator.models.weights import listed

READ_THE_STREAM = (
    *("q_proj", "k_proj", "v_proj", "qkv_proj", "query_key_value", "Wqkv"),
    *("gate_proj", "up_proj", "gate_up_proj", "c_attn", "c_fc"),
)
"""Modules whose input is as wide as the model, in every family."""

OTHER_BASE = "name the base it was trained on with --base, or correct base_model_name_or_path."
Shape = tuple[int, ...]


def adapter_flaws(
    config: AdapterConfig,
    adapter: AdapterTensors,
    base: CheckpointConfig | None,
    shapes: Mapping[str, Shape],
) -> Iterator[Flaw]:
    """Return what keeps an adapter from its base.

    Args:
        config: The adapter's settings.
        adapter: Its tensors.
        base: The base's settings; None where they are not known.
        shapes: The shapes of the base's tensors by name; empty where they are not known.
    """
    yield from _own_flaws(config, adapter)
    if shapes:
        yield from _against_weights(adapter, None if base is None else base.model_type, shapes)
    elif base is not None:
        yield from _against_config(adapter, base.language)


def _own_flaws(config: AdapterConfig, adapter: AdapterTensors) -> Iterator[Flaw]:
    again = "save the adapter again where it was trained."
    broken = [name for name, one in adapter.lora.items() if not one.sound]
    if broken or adapter.alone:
        said = f"the matrices of {listed([*broken, *adapter.alone])} do not go together"
        yield Flaw(name="adapter-damaged", said=said, advice=again)
    if config.peft_type == "LORA" and not adapter.lora and not adapter.alone:
        said = "the adapter's file holds no LoRA matrices"
        yield Flaw(name="adapter-damaged", said=said, advice=again)


def _against_weights(
    adapter: AdapterTensors, family: str | None, shapes: Mapping[str, Shape]
) -> Iterator[Flaw]:
    absent, others = [], []
    for module, tensors in adapter.lora.items():
        name = name_in_base(module, shapes)
        if name is None:
            absent.append(module)
        elif tensors.sound and tensors.transposes(shapes[name], family) is None:
            others.append(f"{module}, {_size(tensors)} where the base has {_by(shapes[name])}")
    if absent:
        said = f"the adapter changes modules that the base does not have: {listed(absent)}"
        yield Flaw(name="target-not-in-base", said=said, advice=OTHER_BASE)
    if others:
        said = f"the adapter was made for a model of another size: {listed(others)}"
        yield Flaw(name="base-mismatch", said=said, advice=OTHER_BASE)


def _against_config(adapter: AdapterTensors, base: CheckpointConfig) -> Iterator[Flaw]:
    others = [
        f"{module} reads {tensors.inputs} numbers where the base's width is {base.hidden}"
        for module, tensors in adapter.lora.items()
        if module.endswith(READ_THE_STREAM)
        and tensors.sound
        and base.hidden is not None
        and tensors.inputs != base.hidden
    ]
    if others:
        said = f"the adapter was made for a model of another size: {listed(others)}"
        yield Flaw(name="base-mismatch", said=said, advice=OTHER_BASE)


def _size(tensors: LoraTensors) -> str:
    return _by((tensors.outputs, tensors.inputs))


def _by(shape: Shape) -> str:
    return " by ".join(map(str, shape))
