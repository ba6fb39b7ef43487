"""`evaluator models register`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.cli.models_options import GIB, memory_option, server_address, server_options
from evaluator.cli.options import FILE, format_options, together

if TYPE_CHECKING:
    from evaluator.models.recipe import Recipe

behaviour_options = together(
    click.option("--modelfile", type=FILE, help="How the model behaves, as Ollama's file says it."),
    click.option("--system", metavar="TEXT", help="Its system message."),
    click.option("--template", metavar="TEXT", help="Its prompt template [that of its tokenizer]."),
    click.option(
        "--parameter",
        "parameters",
        metavar="NAME=VALUE",
        multiple=True,
        help="A parameter such as temperature=0.1; repeat it for more.",
    ),
)


@click.command("register")
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=FILE,
    metavar="PATH",
    help="A checkpoint's folder, a GGUF file, or an adapter's folder [what --modelfile says].",
)
@click.option(
    "--base",
    metavar="DIR_OR_MODEL",
    help="An adapter's base model: a directory to merge it with, or what the server calls it.",
)
@click.option("--quantize", metavar="TYPE", help="Have the server quantize it, such as q4_K_M.")
@behaviour_options
@click.option("--replace", is_flag=True, help="Replace a model of that name.")
@click.option(
    "--unlisted", is_flag=True, help="Try a checkpoint that the server is not known to convert."
)
@memory_option
@click.option(
    "--work-dir", type=FILE, help="Where a merged model is kept meanwhile [beside the adapter]."
)
@click.option("--dry-run", is_flag=True, help="Check everything and send nothing.")
@server_options
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=1800.0,
    metavar="SECONDS",
    help="How long the server may be silent while it converts [1800].",
)
@format_options
def register(
    *,
    name: str,
    source: Path | None,
    base: str | None,
    quantize: str | None,
    replace: bool,
    unlisted: bool,
    memory: float | None,
    work_dir: Path | None,
    dry_run: bool,
    judge_url: str | None,
    ca_file: Path | None,
    timeout: float,
    form: str,
    log_format: str,
    debug: bool,
    **behaviour: Any,
) -> None:
    """Make a model of a folder or file at an Ollama server, by its own API.

    An adapter whose base model is a directory here is merged into it first, and the merged model is
    kept no longer than that takes.

    Everything is checked before the first byte is sent. Files that the server has are not sent
    again. At the end it is asked one question whose answer is known.
    """
    from rich.console import Console

    from evaluator.cli.progress import progress_for
    from evaluator.models.plan_summary import summary_of
    from evaluator.models.registering import plan_registration
    from evaluator.models.registering import register as registered
    from evaluator.models.registration import Wish
    from evaluator.models.tables import print_plan, print_registered

    progress = progress_for(log_format)
    wish = Wish(
        *(name, source, base, quantize, _recipe(**behaviour, has_source=source is not None)),
        replace=replace,
        unlisted=unlisted,
        memory=None if memory is None else round(memory * GIB),
        work_dir=work_dir,
    )
    at = server_address(judge_url, ca_file)
    if dry_run:
        plan = plan_registration(wish, at, timeout)
        if form == "json":
            click.echo(summary_of(plan, at.url).model_dump_json(indent=1))
        else:
            print_plan(plan, at.url, Console())
        return
    done = registered(wish, at, timeout, progress)
    if form == "json":
        click.echo(done.model_dump_json(indent=1))
    else:
        print_registered(done, Console())


def _recipe(
    *,
    modelfile: Path | None,
    system: str | None,
    template: str | None,
    parameters: tuple[str, ...],
    has_source: bool,
) -> "Recipe":
    """Return what the options of behaviour say."""
    from evaluator.models.recipe import recipe_of_modelfile, recipe_of_options

    if modelfile is None:
        return recipe_of_options(system, template, parameters)
    if system or template or parameters:
        raise click.UsageError(
            "--modelfile says all of it: leave out --system, --template and --parameter, or write "
            "them into the file."
        )
    return recipe_of_modelfile(modelfile, has_source=has_source)
