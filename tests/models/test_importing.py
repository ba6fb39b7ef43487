"""What each version of Ollama imports."""

from pathlib import Path

import pytest

from evaluator.models.importing import importer
from evaluator.models.source import Format, Source

OLDER, NEWER = "0.33.0", "0.34.1"


def source(
    kind: Format, architecture: str | None = "LlamaForCausalLM", quantization: str | None = "F16"
) -> Source:
    return Source(Path("model"), kind, (), architecture, quantization)


@pytest.mark.parametrize(
    ("version", "given", "quantize", "base"),
    [
        (OLDER, source("checkpoint"), None, None),
        (OLDER, source("checkpoint"), "Q4_K_M", None),
        (OLDER, source("gguf", "llama", "BF16"), "q8_0", None),
        (OLDER, source("gguf", "anything", "Q4_K_M"), None, None),
        (OLDER, source("adapter", None), None, "llama"),
        (OLDER, source("adapter", None), None, None),  # the server does not tell
        (OLDER, source("gguf-adapter", "qwen2"), None, "qwen2"),
        (NEWER, source("gguf", "llama", "Q4_K_M"), None, None),
        ("0.0.0", source("adapter", None), "q2_K", "anything"),  # nobody knows
    ],
)
def test_what_a_version_takes(
    version: str, given: Source, quantize: str | None, base: str | None
) -> None:
    assert importer(version).refusal(given, quantize, base) is None


@pytest.mark.parametrize(
    ("version", "given", "quantize", "base", "words"),
    [
        (OLDER, source("checkpoint", "GPT2LMHeadModel"), None, None, "--unlisted"),
        (OLDER, source("checkpoint"), "q2_K", None, "quantizes to q4_K_M, q4_K_S, q8_0, not to"),
        (OLDER, source("gguf", "llama", "Q4_K_M"), "q8_0", None, "only F32, F16 and BF16"),
        (OLDER, source("adapter", None), None, "qwen2", "adapters of gemma2 and llama models"),
        (OLDER, source("adapter", None), "q4_K_M", "llama", "its base model is"),
        (NEWER, source("adapter", None), None, "llama", "takes no adapters: merge it"),
        (NEWER, source("gguf", "llama"), "q4_K_M", None, "does not quantize GGUF files"),
        (NEWER, source("checkpoint"), None, None, "does not convert checkpoints for llama.cpp"),
        (NEWER, source("checkpoint"), "nvfp4", None, "llama-quantize, and register the GGUF file"),
        ("0.40.0-rc1", source("gguf-adapter"), None, None, "takes no adapters"),
    ],
)
def test_what_a_version_refuses_is_known_before(
    version: str, given: Source, quantize: str | None, base: str | None, words: str
) -> None:
    said = importer(version).refusal(given, quantize, base)
    assert said is not None and words in said


def test_a_checkpoint_that_is_not_known_to_be_converted_can_be_tried() -> None:
    given = source("checkpoint", "NewForCausalLM")
    assert importer(OLDER).refusal(given, None, None, unlisted=True) is None
    assert importer(NEWER).refusal(given, "nvfp4", None, unlisted=True) is None
    said = importer(NEWER).refusal(given, "q4_K_M", None, unlisted=True)
    assert said is not None and "int4, int8, nvfp4, mxfp4, mxfp8, not to" in said


@pytest.mark.parametrize("version", [OLDER, NEWER, "0.0.0"])
@pytest.mark.parametrize("unlisted", [False, True])
def test_a_classifier_is_refused_by_every_version(version: str, *, unlisted: bool) -> None:
    given = source("checkpoint", "LlamaForSequenceClassification")
    said = importer(version).refusal(given, None, None, unlisted=unlisted)
    assert said is not None and "this one classifies (LlamaForSequenceClassification)" in said
