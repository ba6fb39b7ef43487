"""Which ways lead a model into Ollama, and through which versions of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from evaluator.models.adapter_config import AdapterConfig

LAST_THAT_CONVERTS = "0.34.0"
FIRST_WITHOUT_CONVERSION = (0, 34, 1)
"""From here on Ollama takes GGUF files alone: no adapters, no conversion, no quantization of GGUF.

Ollama's pull request 14969, and docs/import.mdx of its repository after it.
"""

CONVERTED = frozenset(
    {
        "BertModel",
        "CohereForCausalLM",
        "DeepseekOCRForCausalLM",
        "DeepseekV3ForCausalLM",
        "Gemma2ForCausalLM",
        "Gemma3ForCausalLM",
        "Gemma3ForConditionalGeneration",
        "Gemma3nForConditionalGeneration",
        "Gemma4ForCausalLM",
        "Gemma4ForConditionalGeneration",
        "GemmaForCausalLM",
        "Glm4MoeLiteForCausalLM",
        "GlmOcrForConditionalGeneration",
        "GptOssForCausalLM",
        "Lfm2ForCausalLM",
        "Lfm2MoeForCausalLM",
        "Lfm2VlForConditionalGeneration",
        "Llama4ForConditionalGeneration",
        "LlamaForCausalLM",
        "Ministral3ForCausalLM",
        "Mistral3ForConditionalGeneration",
        "MixtralForCausalLM",
        "MllamaForConditionalGeneration",
        "NemotronHForCausalLM",
        "NomicBertMoEModel",
        "NomicBertModel",
        "Olmo3ForCausalLM",
        "Phi3ForCausalLM",
        "Qwen2ForCausalLM",
        "Qwen2_5_VLForConditionalGeneration",
        "Qwen3NextForCausalLM",
        "Qwen3VLForConditionalGeneration",
        "Qwen3VLMoeForConditionalGeneration",
        "Qwen3_5ForConditionalGeneration",
        "Qwen3_5MoeForConditionalGeneration",
    }
)
"""What Ollama's own converter takes: LoadModelMetadata in convert/convert.go, as of about 0.20.

Later versions may take more; the server has the last word.
"""

ADAPTED = frozenset(
    {"LlamaForCausalLM", "MistralForCausalLM", "MixtralForCausalLM", "Gemma2ForCausalLM"}
)
"""Bases of the adapters it converts: `llama` and `gemma2`, ConvertAdapter in the same file.

Models of the Mistral family are `llama` in GGUF.
"""

CLASSIFIER = "ForSequenceClassification"
BY_LLAMA_CPP = (
    "convert it with llama.cpp's convert_hf_to_gguf.py, quantize it with llama-quantize, and "
    "register the GGUF file"
)
MERGE_FIRST = "merge it first with `evaluator models merge`"


class Way(BaseModel):
    """A way into Ollama.

    Attributes:
        form: What is handed to the server.
        open: Whether this model can go it.
        said: Why, and what to do.
    """

    model_config = ConfigDict(frozen=True)

    form: Literal["gguf", "safetensors", "adapter", "none"]
    open: bool
    said: str


def without_conversion(version: str) -> bool:
    """Whether a version of Ollama takes GGUF files alone; of a build of one's own nobody knows."""
    numbers = version.partition("-")[0].split(".")
    known = tuple(int(part) for part in numbers if part.isdecimal())
    return known >= FIRST_WITHOUT_CONVERSION


def way_of_gguf(kind: str | None) -> Way:
    """Return the way of a GGUF file.

    Args:
        kind: Its `general.type`; None where it does not say.
    """
    if kind == "adapter":
        said = f"Ollama up to {LAST_THAT_CONVERTS} takes it as an adapter of the same base"
        return Way(form="gguf", open=True, said=f"{said}; for later ones {MERGE_FIRST}.")
    return Way(form="gguf", open=True, said="Ollama takes it as it is.")


def way_of_checkpoint(architecture: str | None, version: str | None) -> Way:
    """Return the way of a full checkpoint.

    Args:
        architecture: The class its weights are for.
        version: The server's; None where it is not known.
    """
    if _classifies(architecture):
        return _no_way(architecture)
    if version is not None and without_conversion(version):
        said = f"Ollama {version} does not convert; {BY_LLAMA_CPP}."
        return Way(form="safetensors", open=False, said=said)
    if architecture in CONVERTED:
        said = f"Ollama up to {LAST_THAT_CONVERTS} converts and quantizes it"
        return Way(form="safetensors", open=True, said=f"{said}; for later ones {BY_LLAMA_CPP}.")
    said = (
        f"Ollama is not known to convert {architecture or 'a model that does not say what it is'}"
    )
    return Way(form="safetensors", open=False, said=f"{said}; {BY_LLAMA_CPP}.")


def way_of_adapter(config: AdapterConfig, base: str | None, version: str | None) -> Way:
    """Return the way of an adapter.

    Args:
        config: Its settings.
        base: The class its base's weights are for; None where the base is not known.
        version: The server's; None where it is not known.
    """
    if config.task_type == "SEQ_CLS" or _classifies(base):
        return _no_way(base)
    if version is not None and without_conversion(version):
        said = f"Ollama {version} takes no adapters; {MERGE_FIRST}."
        return Way(form="adapter", open=False, said=said)
    lost = not_understood(config)
    if lost is not None:
        said = f"Ollama would apply it wrongly, for it does not know {lost}; {MERGE_FIRST}."
        return Way(form="adapter", open=False, said=said)
    if base in ADAPTED:
        said = f"Ollama up to {LAST_THAT_CONVERTS} takes it on the same base"
        return Way(form="adapter", open=True, said=f"{said}; for later ones {MERGE_FIRST}.")
    said = f"Ollama takes no adapters of {base or 'a base that is not known'}; {MERGE_FIRST}."
    return Way(form="adapter", open=False, said=said)


def not_understood(config: AdapterConfig) -> str | None:
    """Return what of an adapter Ollama would not see.

    It reads the matrices and one alpha, a whole number.
    """
    if config.peft_type != "LORA":
        return f"adapters of the kind {config.peft_type}"
    settings = {
        "rank-stabilized scaling": config.use_rslora,
        "DoRA": config.use_dora,
        "alphas of single modules": config.alpha_pattern,
        "a broken alpha": config.lora_alpha != int(config.lora_alpha),
        "whole modules beside the matrices": config.told("modules_to_save"),
        "trained biases": config.bias != "none",
    }
    return next((name for name, used in settings.items() if used), None)


def _classifies(architecture: str | None) -> bool:
    return architecture is not None and architecture.endswith(CLASSIFIER)


def _no_way(architecture: str | None) -> Way:
    said = (
        f"Ollama serves models that write, and this one classifies ({architecture or 'SEQ_CLS'}): "
        "score it with `evaluator run --model-path`, and let another model judge."
    )
    return Way(form="none", open=False, said=said)
