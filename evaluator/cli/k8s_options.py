"""Options of the commands of `evaluator k8s`."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from evaluator.cli.options import FILE, Command, together

if TYPE_CHECKING:
    from evaluator.deploy.kubernetes.cluster import Cluster

NAMESPACE = "knitfab"
"""Where the jobs of all shipped overlays are."""

MOST_JUDGES = 100
"""Far more than one job keeps busy: a larger number is a slip of the hand."""

MOST_SHARDS = 512
"""`evaluator.cases.shard.MOST_SHARDS`, whose room is not imported for the sake of a help text."""

logger = logging.getLogger(__name__)

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
    click.option(
        "--judge-replicas",
        type=click.IntRange(1, MOST_JUDGES),
        metavar="N",
        help="Judges side by side, each with a volume of its own [the overlay's].",
    ),
)

job_options = together(
    click.option(
        "--config-file",
        type=FILE,
        help="Settings of the run, with paths in the pod [the overlay's].",
    ),
    click.option(
        "--shards",
        type=click.IntRange(1, MOST_SHARDS),
        metavar="N",
        help="Pods that share the cases [the overlay's].",
    ),
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


run_options = together(
    click.option("--name", metavar="NAME", help="Of the runs [your login]."),
    click.option(
        "--namespace", metavar="NAME", default=NAMESPACE, help=f"Where to look [{NAMESPACE}]."
    ),
    context_option,
)


def name_of(name: str | None) -> str:
    """Return the name of the runs: that given, or the user's own."""
    from evaluator.deploy.kubernetes.names import own_name, run_name

    return own_name() if name is None else run_name(name)


def cluster_of(context: str | None, dry_run: str, log_format: str, *namespaces: str) -> "Cluster":
    """Return the cluster, having said which it is."""
    from evaluator.cli.progress import progress_for
    from evaluator.deploy.kubernetes.cluster import Cluster
    from evaluator.deploy.kubernetes.connection import connect

    progress_for(log_format)
    connection = connect(context)
    logger.info(
        "context %s (%s), namespace %s%s",
        connection.context,
        connection.server,
        ", ".join(namespaces),
        "; nothing is changed" if dry_run == "server" else "",
    )
    return Cluster(connection, dry_run=dry_run == "server")
