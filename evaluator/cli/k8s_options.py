"""Options of the commands of `evaluator k8s`."""

from collections.abc import Callable

import click

from evaluator.cli.options import FILE, Command, together

overlay_options = together(
    click.option(
        "--overlay",
        metavar="NAME_OR_PATH",
        default="knitfab",
        help="Which of the shipped overlays, or a kustomization of yours [knitfab].",
    ),
    click.option("--namespace", metavar="NAME", help="Where everything goes [the overlay's]."),
    click.option("--image", metavar="IMAGE", help="The evaluator's image [the overlay's]."),
    click.option("--judge-image", metavar="IMAGE", help="Ollama's image [the overlay's]."),
    click.option("--judge-model", metavar="MODEL", help="The judge's model [llama3.2]."),
    click.option("--judge-cpu", metavar="AMOUNT", help="Processors of the judge [the overlay's]."),
    click.option("--judge-memory", metavar="AMOUNT", help="Memory of the judge [the overlay's]."),
    click.option("--job-cpu", metavar="AMOUNT", help="Processors of the job [the overlay's]."),
    click.option("--job-memory", metavar="AMOUNT", help="Memory of the job [the overlay's]."),
    click.option("--gpu", metavar="RESOURCE", help="What the judge claims one of [the overlay's]."),
    click.option(
        "--storage-class", metavar="NAME", help="Of the claims that are made [the cluster's]."
    ),
    click.option("--inputs-claim", metavar="NAME", help="An existing claim with model and data."),
    click.option("--results-claim", metavar="NAME", help="An existing claim for what runs write."),
    click.option("--models-claim", metavar="NAME", help="An existing claim for the judge's model."),
)

config_option = click.option(
    "--config-file", type=FILE, help="Settings of the run, with paths in the pod [the overlay's]."
)

context_option = click.option(
    "--context", metavar="NAME", help="Of the kubeconfig [its current context]."
)

dry_run_option = click.option(
    "--dry-run",
    type=click.Choice(["none", "server"]),
    default="none",
    help="Let the server check everything, and change nothing [none].",
)


def timeout_option(seconds: int, what: str) -> Callable[[Command], Command]:
    """Return the option that bounds a wait."""
    return click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        metavar="SECONDS",
        default=seconds,
        help=f"Patience with {what} [{seconds}].",
    )
