"""A model about to be registered: everything that can be known before the first byte is sent."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluator.backends.ollama_facts import CONTEXT_TOKENS
from evaluator.errors import ConfigError, ModelUnusable, StorageFailed
from evaluator.models.importing import GGUF_QUANTIZATIONS, MLX_QUANTIZATIONS, importer
from evaluator.models.inspecting import inspect_model
from evaluator.models.model_name import checked_name, is_model_name
from evaluator.models.prepared_merge import PreparedMerge, prepare_merge
from evaluator.models.recipe import Recipe
from evaluator.models.server import ModelServer
from evaluator.models.server_wire import ServedModel
from evaluator.models.source import ADAPTER_CONFIG, Source, classifies, read_source
from evaluator.models.surroundings import Surroundings
from evaluator.paths import at_home

OF_THE_BASE = frozenset({"base-not-named", "base-not-found", "no-tokenizer"})
"""What is missing of an adapter whose base model is at the server."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asks for.

    Attributes:
        name: What the model is to be called.
        source: What it is made from; None where the recipe says.
        base: An adapter's base model, at the server or a directory; None where the recipe says.
        quantize: The quantization to make, if any.
        recipe: How it is to behave.
        replace: Whether a model of that name may be replaced.
        unlisted: Whether a checkpoint may be tried that the server is not known to convert.
        memory: Bytes that a merge may take; None for half of what is free.
        work_dir: Where a merged model is kept meanwhile; None for beside the adapter.
    """

    name: str
    source: Path | None
    base: str | None
    quantize: str | None
    recipe: Recipe
    replace: bool = False
    unlisted: bool = False
    memory: int | None = None
    work_dir: Path | None = None

    @property
    def base_folder(self) -> Path | None:
        """Return an adapter's base model where it is a directory here, to be merged with it."""
        named = self.base or self.recipe.base
        folder = None if named is None else at_home(Path(named))
        return folder if folder is not None and folder.is_dir() else None

    def work_folder(self, adapter: Path) -> Path:
        """Return the directory that a merged model is kept in meanwhile."""
        return adapter.absolute().parent if self.work_dir is None else at_home(self.work_dir)

    def of_merged(self, folder: Path) -> "Wish":
        """Return what is asked for once adapter and base are merged.

        Args:
            folder: The merged model's.
        """
        recipe = replace(self.recipe, source=None, base=None)
        return replace(self, source=folder, base=None, recipe=recipe, memory=None, work_dir=None)


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
        merge: What is merged first; the source is then what that will make.
    """

    name: str
    source: Source
    base: str | None
    quantize: str | None
    recipe: Recipe
    server_version: str
    replaced: ServedModel | None
    merge: PreparedMerge | None = None

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
        StorageFailed: There is no room for a merged model.
    """
    name = checked_name(wish.name)
    path = _source_of(wish)
    if wish.base_folder is None:
        merge, source = None, _as_it_is(wish, path)
        base = _base_of(wish, source)
    else:
        merge, base = _mergeable(wish, at_home(path), wish.base_folder), None
        source = Source(path, "checkpoint", (), merge.base_config.architecture, None)
    version = await server.version()
    replaced = await server.find(name)
    if replaced is not None and not wish.replace:
        raise ConfigError(
            f"the server at {server.url} has a model {replaced.model} already; choose another "
            "name, or replace it with --replace."
        )
    imports = importer(version)
    if merge is None:
        family = None if base is None else await _architecture_of(base, server)
        refusal = imports.refusal(source, wish.quantize, family, unlisted=wish.unlisted)
    else:
        refusal = imports.refusal_of_merged(source, wish.quantize, unlisted=wish.unlisted)
    if refusal is not None:
        raise ModelUnusable(f"{refusal}.")
    quantize = _spelling(wish.quantize)
    return Plan(name, source, base, quantize, wish.recipe, version, replaced, merge)


def _as_it_is(wish: Wish, path: Path) -> Source:
    if wish.memory is not None or wish.work_dir is not None:
        raise ConfigError(
            "nothing is merged here: leave out --memory and --work-dir, or name the directory of "
            "an adapter's base model with --base."
        )
    source = read_source(path)
    if source.format in {"checkpoint", "adapter"}:
        _require_sound(source.path, None, OF_THE_BASE if source.is_adapter else frozenset())
    return source


def _mergeable(wish: Wish, adapter: Path, base: Path) -> PreparedMerge:
    """Check everything about a merge and its place that needs no work."""
    if not (adapter / ADAPTER_CONFIG).is_file():
        source = read_source(adapter)
        raise ConfigError(
            f"{source.path} is no adapter's folder, and nothing else is merged into a base model: "
            "leave out --base, or name a model at the server with it."
        )
    _require_sound(adapter, str(base), frozenset())
    merge = prepare_merge(adapter, str(base))
    if merge.classifies:
        raise classifies(adapter)
    folder = wish.work_folder(adapter)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise StorageFailed(
            f"the merged model cannot be kept in {folder} meanwhile: name a directory that can be "
            "written with --work-dir."
        )
    merge.require_room(folder, "--work-dir")
    return merge


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


def _require_sound(folder: Path, base: str | None, passed_over: frozenset[str]) -> None:
    """Check a folder as `evaluator models inspect` does; of a base model the server knows more."""
    found = inspect_model(folder, base, Surroundings(CONTEXT_TOKENS))
    for flaw in found.flaws:
        if flaw.state == "broken" and flaw.name not in passed_over:
            raise ModelUnusable(
                f"{folder} is broken ({flaw.name}): {flaw.said}; "
                f"{flaw.advice.rstrip('.')}, and see all with `evaluator models inspect`."
            )


def _base_of(wish: Wish, source: Source) -> str | None:
    base = wish.base or wish.recipe.base
    if source.is_adapter and base is None:
        raise ConfigError(
            f"{source.path} is an adapter: name its base model with --base, as the server calls "
            "it, or as a directory to merge it with."
        )
    if not source.is_adapter and wish.base is not None:
        raise ConfigError(f"{source.path} is no adapter and has no base model: leave out --base.")
    return base if source.is_adapter else None


async def _architecture_of(base: str, server: ModelServer) -> str | None:
    if not is_model_name(base):
        raise ConfigError(
            f"the base model {base} is neither a directory here nor can it be the name of a model "
            "at the server: correct --base."
        )
    name = checked_name(base)
    if await server.find(name) is None:
        raise ConfigError(
            f"the base model {name} is neither a directory here nor at the server at {server.url}: "
            f"correct --base, or fetch it there with `ollama pull {base}`."
        )
    return await server.architecture(name)


def _spelling(quantize: str | None) -> str | None:
    """Return a quantization as servers spell it."""
    known = {one.lower(): one for one in (*GGUF_QUANTIZATIONS, *MLX_QUANTIZATIONS)}
    return None if quantize is None else known.get(quantize.lower(), quantize)
