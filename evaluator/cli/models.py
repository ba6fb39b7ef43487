"""`evaluator models`."""

import click

from evaluator.cli.models_drift import drift
from evaluator.cli.models_inspect import inspect
from evaluator.cli.models_lint import lint
from evaluator.cli.models_merge import merge
from evaluator.cli.models_register import register
from evaluator.cli.models_served import list_models, remove


@click.group("models")
def command() -> None:
    """Look at models, merge adapters, and register both at Ollama."""


for member in (inspect, merge, lint, register, list_models, remove, drift):
    command.add_command(member)
