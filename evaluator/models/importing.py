"""What a version of Ollama imports, as its releases do."""

from dataclasses import dataclass

from evaluator.models.ollama_imports import (
    BY_LLAMA_CPP,
    CONVERTED,
    way_of_checkpoint,
    without_conversion,
)
from evaluator.models.source import Source

GGUF_QUANTIZATIONS = ("q4_K_M", "q4_K_S", "q8_0")
MLX_QUANTIZATIONS = ("int4", "int8", "nvfp4", "mxfp4", "mxfp8")
FULL_PRECISION = frozenset({"F32", "F16", "BF16"})

ADAPTED_FAMILIES = frozenset({"llama", "gemma2"})
"""Architectures of base models, as GGUF calls them, whose safetensors adapters are converted."""

BY_MERGING = "merge it with `evaluator models merge` and register the merged model"


@dataclass(frozen=True, slots=True)
class Importer:
    """What one server imports.

    Attributes:
        version: Its version.
        converts: Whether it turns checkpoints and adapters into GGUF and quantizes; None for a
            build of one's own, of which nobody knows.
    """

    version: str
    converts: bool | None

    def refusal(
        self, source: Source, quantize: str | None, base: str | None, *, unlisted: bool = False
    ) -> str | None:
        """Return why the server would refuse a source, and what to do, or None.

        Args:
            source: What the model is made from.
            quantize: The quantization asked for, if any.
            base: The architecture of an adapter's base model, where the server tells.
            unlisted: Whether the server is to decide on a checkpoint that it is not known to
                convert.
        """
        if source.format == "checkpoint":
            way = way_of_checkpoint(source.architecture, self.version)
            if way.form == "none":
                return way.said.removesuffix(".")
        if self.converts is None:
            return None
        if source.is_adapter:
            return self._of_adapter(source, quantize, base)
        if source.format == "checkpoint" and not unlisted:
            said = self._of_checkpoint(source)
            if said is not None:
                return said
        return None if quantize is None else self._of_quantization(source, quantize)

    def refusal_of_merged(
        self, source: Source, quantize: str | None, *, unlisted: bool = False
    ) -> str | None:
        """Return why the server would refuse an adapter merged into its base, or None.

        Args:
            source: What the merged model will be.
            quantize: The quantization asked for, if any.
            unlisted: As of `refusal`.
        """
        if self.converts is False:
            return (
                f"Ollama {self.version} does not convert what a merge makes: merge with "
                f"`evaluator models merge`, {BY_LLAMA_CPP}"
            )
        return self.refusal(source, quantize, None, unlisted=unlisted)

    def _of_checkpoint(self, source: Source) -> str | None:
        let_decide = f"{BY_LLAMA_CPP}, or add --unlisted to let the server decide"
        if not self.converts:
            return f"Ollama {self.version} does not convert checkpoints for llama.cpp: {let_decide}"
        if source.architecture not in CONVERTED:
            said = f"Ollama {self.version} is not known to convert a {source.architecture}"
            return f"{said}: {let_decide}"
        return None

    def _of_adapter(self, source: Source, quantize: str | None, base: str | None) -> str | None:
        if not self.converts:
            return f"Ollama {self.version} takes no adapters: {BY_MERGING}"
        if quantize is not None:
            return (
                "an adapter is not quantized, its base model is: leave out --quantize, or "
                f"{BY_MERGING}"
            )
        if source.format == "adapter" and base is not None and base not in ADAPTED_FAMILIES:
            return (
                f"Ollama {self.version} converts adapters of {_listed(ADAPTED_FAMILIES)} models "
                f"alone, and the base model is of {base}: {BY_MERGING}"
            )
        return None

    def _of_quantization(self, source: Source, quantize: str) -> str | None:
        known = GGUF_QUANTIZATIONS if self.converts else MLX_QUANTIZATIONS
        if source.format == "gguf" and not self.converts:
            return (
                f"Ollama {self.version} does not quantize GGUF files: quantize it with llama.cpp's "
                "llama-quantize and leave out --quantize"
            )
        if quantize.lower() not in {one.lower() for one in known}:
            said = f"Ollama {self.version} quantizes to {', '.join(known)}, not to {quantize}"
            return said if self.converts else f"{said}: {BY_LLAMA_CPP}"
        if source.format == "gguf" and source.quantization not in FULL_PRECISION:
            return (
                f"{source.path} is {source.quantization or 'of an unknown quantization'}, and only "
                f"F32, F16 and BF16 are quantized: leave out --quantize"
            )
        return None


def importer(version: str) -> Importer:
    """Return what a version of Ollama imports."""
    is_release = any(digit in "123456789" for digit in version.partition("-")[0])
    return Importer(version, not without_conversion(version) if is_release else None)


def _listed(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))
