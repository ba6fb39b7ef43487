"""`evaluator k8s`."""

import click

from evaluator.cli.k8s_judge import down, render, up
from evaluator.cli.k8s_run import logs, results, run, status


@click.group("k8s")
def command() -> None:
    """Judge in a Kubernetes cluster: Ollama as a deployment, each run as a job."""


for member in (render, up, run, status, logs, results, down):
    command.add_command(member)
