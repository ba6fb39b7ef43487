"""`evaluator models list` and `remove`."""

import sys
from pathlib import Path

import click

from evaluator.cli.models_options import server_address, server_options
from evaluator.cli.options import debug_option, format_option


@click.command("list")
@server_options
@format_option
@debug_option
def list_models(*, judge_url: str | None, ca_file: Path | None, form: str, debug: bool) -> None:
    """List the models that an Ollama server has."""
    import json

    from rich.console import Console

    from evaluator.models.keeping import listed_models
    from evaluator.models.tables import print_models

    models = listed_models(server_address(judge_url, ca_file))
    if form == "json":
        click.echo(json.dumps([one.model_dump() for one in models], indent=1, ensure_ascii=False))
    else:
        print_models(models, Console())


@click.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
@debug_option
def remove(
    *, name: str, yes: bool, judge_url: str | None, ca_file: Path | None, debug: bool
) -> None:
    """Delete a model at an Ollama server."""
    from evaluator.models.keeping import existing_model, remove_model
    from evaluator.models.tables import size

    at = server_address(judge_url, ca_file)
    model = existing_model(name, at)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody can be asked here: add --yes to delete the model.")
        click.confirm(f"Delete {model.model} ({size(model.size)}) at {at.url}?", abort=True)
    remove_model(model, at)
    click.echo(f"Deleted {model.model} at {at.url}.")
