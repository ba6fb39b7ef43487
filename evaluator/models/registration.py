"""A model about to be registered: everything that can be known before the first byte is sent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.backends.ollama_facts import CONTEXT_TOKENS
from evaluator.errors import ConfigError, ModelUnusable
from evaluator.models.importing import GGUF_QUANTIZATIONS, MLX_QUANTIZATIONS, importer
from evaluator.models.inspecting import inspect_model
from evaluator.models.model_name import checked_name
from evaluator.models.recipe import Recipe
from evaluator.models.server import ModelServer
from evaluator.models.server_wire import ServedModel
from evaluator.models.source import Source, read_source
from evaluator.models.surroundings import Surroundings

OF_THE_BASE = frozenset({"base-not-named", "base-not-found", "no-tokenizer"})
"""What is missing of an adapter whose base model is at the server."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asks for.

    Attributes:
        name: What the model is to be called.
        source: What it is made from; None where the recipe says.
        base: An adapter's base model at the server; None where the recipe says.
        quantize: The quantization to make, if any.
        recipe: How it is to behave.
        replace: Whether a model of that name may be replaced.
        unlisted: Whether an architecture may be tried that no known version converts.
    """

    name: str
    source: Path | None
    base: str | None
    quantize: str | None
    recipe: Recipe
    replace: bool = False
    unlisted: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, all of it checked that can be.

    Attributes:
        name: What the model will be called, with its tag.
        source: What it is made from.
        base: An adapter's base model at the server.
        quantize: The quantization to make, as servers spell it.
        recipe: How it is to behave.
        server_version: The server's version.
        replaced: The model that has the name now.
    """

    name: str
    source: Source
    base: str | None
    quantize: str | None
    recipe: Recipe
    server_version: str
    replaced: ServedModel | None

    def body(self, digests: dict[str, str]) -> dict[str, Any]:
        """Return the request that makes the model.

        Args:
            digests: Digests of the files by their names.
        """
        named = "adapters" if self.source.is_adapter else "files"
        return {
            "model": self.name,
            "stream": True,
            named: digests,
            **({"from": self.base} if self.base else {}),
            **({"quantize": self.quantize} if self.quantize else {}),
            **self.recipe.members,
        }


async def planned(wish: Wish, server: ModelServer) -> Plan:
    """Return what a wish comes to at a server.

    Raises:
        ConfigError: The name cannot be or is taken, or the wish contradicts itself.
        ModelUnusable: The source is unusable, or the server would refuse it.
        JudgeUnavailable: The server does not answer.
    """
    name = checked_name(wish.name)
    source = read_source(_source_of(wish))
    _require_sound(source)
    base = _base_of(wish, source)
    version = await server.version()
    replaced = await server.find(name)
    if replaced is not None and not wish.replace:
        raise ConfigError(
            f"the server at {server.url} has a model {replaced.model} already; choose another "
            "name, or replace it with --replace."
        )
    base_architecture = None if base is None else await _architecture_of(base, server)
    refusal = importer(version).refusal(
        source, wish.quantize, base_architecture, unlisted=wish.unlisted
    )
    if refusal is not None:
        raise ModelUnusable(f"{refusal}.")
    return Plan(name, source, base, _spelling(wish.quantize), wish.recipe, version, replaced)


def _source_of(wish: Wish) -> Path:
    said = wish.recipe.source
    if wish.source is not None and said is not None and wish.source.resolve() != said.resolve():
        raise ConfigError(
            f"--from names {wish.source}, and the Modelfile names {said}: name one of them."
        )
    source = wish.source or said
    if source is None:
        raise ConfigError("name what the model is made from: --from FOLDER, or --from FILE.gguf.")
    return source


def _require_sound(source: Source) -> None:
    """Check a folder as `evaluator models inspect` does; of a base model the server knows more."""
    if source.format not in {"checkpoint", "adapter"}:
        return
    found = inspect_model(source.path, None, Surroundings(CONTEXT_TOKENS))
    passed_over = OF_THE_BASE if source.is_adapter else frozenset[str]()
    for flaw in found.flaws:
        if flaw.state == "broken" and flaw.name not in passed_over:
            raise ModelUnusable(
                f"{source.path} is broken ({flaw.name}): {flaw.said}; "
                f"{flaw.advice.rstrip('.')}, and see all with `evaluator models inspect`."
            )


def _base_of(wish: Wish, source: Source) -> str | None:
    base = wish.base or wish.recipe.base
    if source.is_adapter and base is None:
        raise ConfigError(
            f"{source.path} is an adapter: name its base model, as the server calls it, with "
            "--base MODEL."
        )
    if not source.is_adapter and wish.base is not None:
        raise ConfigError(f"{source.path} is no adapter and has no base model: leave out --base.")
    return base if source.is_adapter else None


async def _architecture_of(base: str, server: ModelServer) -> str | None:
    name = checked_name(base)
    if await server.find(name) is None:
        raise ConfigError(
            f"the base model {name} is not at the server at {server.url}: fetch it there with "
            f"`ollama pull {base}`."
        )
    return await server.architecture(name)


def _spelling(quantize: str | None) -> str | None:
    """Return a quantization as servers spell it."""
    known = {one.lower(): one for one in (*GGUF_QUANTIZATIONS, *MLX_QUANTIZATIONS)}
    return None if quantize is None else known.get(quantize.lower(), quantize)
