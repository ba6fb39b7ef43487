"""What is known of a model, in a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.models.inspection import Inspection
from evaluator.models.memory import AS_IT_IS, GIB, Need
from evaluator.report.wording import printable

MIB = 1 << 20
STYLES = {"broken": "bold red", "warning": "yellow"}


def print_inspection(found: Inspection, console: Console) -> None:
    """Print it."""
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    for title, told in _facts(found):
        facts.add_row(title, Text(printable(told)))
    console.print(facts)
    if found.memory:
        console.print()
        console.print(_memory(found))
    for flaw in found.flaws:
        console.print()
        console.print(Text(printable(f"{flaw.name}: {flaw.said}"), style=STYLES[flaw.state]))
        console.print(Text(printable(f"→ {flaw.advice}"), style="bold"))


def size_of(count: int) -> str:
    """Return bytes as people read them."""
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / MIB:.1f} MiB"


def _facts(found: Inspection) -> Iterator[tuple[str, str]]:
    yield "model", f"{found.path}, {_form(found)}"
    yield "architecture", found.architecture or "not known"
    types = ", ".join(f"{count:,} {name}" for name, count in found.parameters_by_type.items())
    yield "parameters", f"{found.parameters:,} ({types}), {size_of(found.size)}"
    if found.base is not None:
        place = found.base.path or "not on this machine"
        yield "base", place if place == found.base.name else f"{found.base.name}: {place}"
        if found.base.parameters:
            yield "", f"{found.base.parameters:,} parameters"
    yield "tokenizer", _tokenizer(found)
    if found.longest_context is not None:
        yield "longest context", f"{found.longest_context:,} tokens"
    if found.server is not None:
        version = f"Ollama {found.server.version}" if found.server.version else "version not told"
        loaded, on_gpu = size_of(found.server.loaded), size_of(found.server.loaded_on_gpu)
        yield (
            "server",
            f"{found.server.url}, {version}, with {loaded} of models loaded, {on_gpu} of them on "
            "its GPU; Ollama does not tell how much that has: say it with --gpu-memory",
        )
    yield "Ollama", found.ollama.said


def _form(found: Inspection) -> str:
    return {"checkpoint": "a full checkpoint", "adapter": "an adapter", "gguf": "a GGUF file"}[
        found.form
    ]


def _tokenizer(found: Inspection) -> str:
    told = found.tokenizer
    if told is None:
        return "none"
    count = "size not told" if told.tokens is None else f"{told.tokens:,} tokens"
    template = "a chat template" if told.chat_template else "no chat template"
    return f"{told.file}, {count}, {template}"


def _memory(found: Inspection) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(f"memory at {found.context:,} tokens")
    for title in ("weights", "cache", "together", *_places(found)):
        table.add_column(title, justify="right", overflow="fold")
    for need in found.memory:
        cache = "not known" if need.cache is None else size_of(need.cache)
        fits = ("yes" if need.fits[place] else "no" for place in found.places)
        table.add_row(need.precision, size_of(need.weights), cache, _together(need), *fits)
    return table


def _places(found: Inspection) -> list[str]:
    return [f"{printable(place)}, {size_of(size)}" for place, size in found.places.items()]


def _together(need: Need) -> str:
    sign = "" if need.precision == AS_IT_IS else "~"
    return f"{sign}{size_of(need.together)}"
