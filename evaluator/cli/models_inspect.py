"""`evaluator models inspect`."""

from pathlib import Path

import click

from evaluator.cli.models_options import ca_option
from evaluator.cli.options import FILE, format_options

USUAL_CONTEXT = 2048
GIB = 1 << 30


@click.command("inspect")
@click.argument("path", type=FILE)
@click.option("--base", metavar="PATH_OR_NAME", help="The adapter's base model [its own].")
@click.option(
    "--context",
    type=click.IntRange(min=1),
    metavar="TOKENS",
    default=USUAL_CONTEXT,
    help=f"Of which the memory is told [{USUAL_CONTEXT}].",
)
@click.option(
    "--gpu-memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GIB",
    help="Of a GPU elsewhere that it is to fit into.",
)
@click.option("--judge-url", metavar="URL", help="The Ollama server that it is meant for.")
@ca_option
@format_options
@click.pass_context
def inspect(
    ctx: click.Context,
    /,
    *,
    path: Path,
    base: str | None,
    context: int,
    gpu_memory: float | None,
    judge_url: str | None,
    ca_file: Path | None,
    form: str,
    log_format: str,
    debug: bool,
) -> None:
    """Say what a model is, what it needs, what is wrong with it, and whether Ollama takes it.

    PATH is a directory with a full checkpoint or a PEFT adapter, or a GGUF file. Headers alone are
    read, and the network is not asked but for --judge-url. Ends with 4 where something is broken.
    """
    from rich.console import Console

    from evaluator.errors import ModelUnusable
    from evaluator.models.inspecting import inspect_model
    from evaluator.models.inspection_table import print_inspection
    from evaluator.models.surroundings import surroundings

    gpu = None if gpu_memory is None else round(gpu_memory * GIB)
    found = inspect_model(path, base, surroundings(context, gpu, judge_url, ca_file))
    if form == "json":
        click.echo(found.model_dump_json(indent=1))
    else:
        print_inspection(found, Console())
    if found.is_broken:
        ctx.exit(ModelUnusable.exit_code)
