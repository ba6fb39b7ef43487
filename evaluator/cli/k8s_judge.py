"""`evaluator k8s render`, `up` and `down`."""

import logging
from typing import Any

import click

from evaluator.cli.k8s_options import (
    NAMESPACE,
    cluster_of,
    context_option,
    dry_run_option,
    job_options,
    overlay_options,
    timeout_option,
)
from evaluator.cli.options import debug_option, log_options

logger = logging.getLogger(__name__)


@click.command("render")
@overlay_options
@job_options
@debug_option
def render(overlay: str, debug: bool, **said: Any) -> None:
    """Print an overlay's manifests, as `kubectl kustomize` makes them."""
    from evaluator.deploy.kubernetes.overrides import Overrides
    from evaluator.deploy.kubernetes.rendering import render as rendered

    click.echo(rendered(overlay, Overrides(**said)), nl=False)


@click.command("up")
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
    cluster = cluster_of(context, dry_run, log_format, *sorted(map(str, spaces)))
    raise_judge(cluster, manifests, Deadline(timeout), take_over=take_over)


@click.command("down")
@click.option(
    "--namespace", metavar="NAME", default=NAMESPACE, help=f"Where to look [{NAMESPACE}]."
)
@click.option("--name", metavar="NAME", help="Only the runs of this name [judge and all runs].")
@click.option("--volumes", is_flag=True, help="Delete the models and all results, too.")
@context_option
@dry_run_option
@log_options
def down(
    *,
    namespace: str,
    name: str | None,
    volumes: bool,
    context: str | None,
    dry_run: str,
    log_format: str,
    debug: bool,
) -> None:
    """Delete what `up` and `run` made, but for the volumes; what others made stays."""
    from evaluator.deploy.kubernetes.removing import remove

    if volumes and name is not None:
        raise click.UsageError("--volumes are everybody's: leave out --name or --volumes.")
    cluster = cluster_of(context, dry_run, log_format, namespace)
    for gone in remove(cluster, namespace, name, volumes=volumes) or ["nothing"]:
        logger.info("%s %s", "would delete" if cluster.dry_run else "deleted", gone)
