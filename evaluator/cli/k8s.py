"""`evaluator k8s`."""

import logging
from typing import TYPE_CHECKING, Any

import click

from evaluator.cli.k8s_options import (
    config_option,
    context_option,
    dry_run_option,
    overlay_options,
    timeout_option,
)
from evaluator.cli.options import debug_option, log_options

if TYPE_CHECKING:
    from evaluator.deploy.kubernetes.cluster import Cluster

logger = logging.getLogger("evaluator.cli.k8s")


@click.group("k8s")
def command() -> None:
    """Judge in a Kubernetes cluster: Ollama as a deployment, each run as a job."""


@command.command("render")
@overlay_options
@config_option
@debug_option
def render(overlay: str, debug: bool, **said: Any) -> None:
    """Print an overlay's manifests, as `kubectl kustomize` makes them."""
    from evaluator.deploy.kubernetes.overrides import Overrides
    from evaluator.deploy.kubernetes.rendering import render as rendered

    click.echo(rendered(overlay, Overrides(**said)), nl=False)


@command.command("up")
@overlay_options
@context_option
@dry_run_option
@click.option("--take-over", is_flag=True, help="Take fields over that others manage.")
@timeout_option(1800, "the judge, which may pull its model")
@log_options
def up(
    *,
    overlay: str,
    context: str | None,
    dry_run: str,
    take_over: bool,
    timeout: float,
    log_format: str,
    debug: bool,
    **said: Any,
) -> None:
    """Start the judge with its volumes, or bring it to what is said, and wait until it answers."""
    from evaluator.deploy.kubernetes.manifest import namespace_of
    from evaluator.deploy.kubernetes.overrides import Overrides
    from evaluator.deploy.kubernetes.patience import Deadline
    from evaluator.deploy.kubernetes.raising import lasting, raise_judge
    from evaluator.deploy.kubernetes.rendering import parsed
    from evaluator.deploy.kubernetes.rendering import render as rendered

    manifests = parsed(rendered(overlay, Overrides(**said)))
    spaces = {namespace_of(one) for one in lasting(manifests)} - {None}
    cluster = _cluster(context, dry_run, log_format, *sorted(map(str, spaces)))
    raise_judge(cluster, manifests, Deadline(timeout), take_over=take_over)


def _cluster(context: str | None, dry_run: str, log_format: str, *namespaces: str) -> "Cluster":
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
