"""`evaluator models`."""

import click

from evaluator.cli.models_inspect import inspect


@click.group("models")
def command() -> None:
    """Look at models and merge adapters, on their way to a server."""


for member in (inspect,):
    command.add_command(member)
