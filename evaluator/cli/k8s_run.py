"""`evaluator k8s run`, `status`, `logs` and `results`."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.cli.k8s_options import (
    cluster_of,
    context_option,
    dry_run_option,
    job_options,
    name_of,
    overlay_options,
    run_options,
    timeout_option,
)
from evaluator.cli.options import FILE, format_options, log_options

if TYPE_CHECKING:
    from evaluator.deploy.kubernetes.status import RunStatus

logger = logging.getLogger(__name__)

BAR_WIDTH = 20
"""Characters of a progress bar."""


@click.command("run")
@overlay_options
@job_options
@click.option(
    "--name",
    metavar="NAME",
    help="Of the run; its directory on the volume is called so, and continued [your login].",
)
@click.option("--fresh", is_flag=True, help="Start over instead of continuing that directory.")
@click.option(
    "--save-to",
    type=FILE,
    default=Path("evaluation"),
    help="Where the results are put on this machine [evaluation].",
)
@context_option
@dry_run_option
@timeout_option(21_600, "the job, which goes on when it is over")
@log_options
@click.pass_context
def run(
    ctx: click.Context,
    /,
    *,
    overlay: str,
    name: str | None,
    fresh: bool,
    save_to: Path,
    context: str | None,
    dry_run: str,
    timeout: float,
    log_format: str,
    debug: bool,
    **said: Any,
) -> None:
    """Start a job beside the judge, follow it to its end, fetch its results, and end as it did.

    Ctrl-C leaves the job at work. With --shards the same command goes on with a job that is, and
    merges what the shards wrote; with --judge-replicas it starts the judges first.
    """
    from evaluator.cli.stopping import Terminated
    from evaluator.deploy.kubernetes.archive import check_destination
    from evaluator.deploy.kubernetes.completion import complete_run
    from evaluator.deploy.kubernetes.manifest import namespace_of, the_job
    from evaluator.deploy.kubernetes.overrides import Overrides
    from evaluator.deploy.kubernetes.patience import Deadline
    from evaluator.deploy.kubernetes.rendering import parsed
    from evaluator.deploy.kubernetes.rendering import render as rendered
    from evaluator.deploy.kubernetes.starting import start_run
    from evaluator.errors import EXIT_INTERRUPTED, EXIT_TERMINATED

    check_destination(save_to)
    named, deadline = name_of(name), Deadline(timeout)
    manifests = parsed(rendered(overlay, Overrides(**said)))
    space = namespace_of(the_job(manifests)) or "default"
    cluster = cluster_of(context, dry_run, log_format, space)
    raises = said["judge_replicas"] is not None
    started = start_run(cluster, manifests, named, deadline, fresh=fresh, raises_judges=raises)
    logger.info("job %s", started.run.job)
    if cluster.dry_run:
        return
    try:
        outcome = complete_run(cluster, started, save_to, deadline, _shown(log_format, err=True))
    except KeyboardInterrupt as stopped:
        ctx.exit(EXIT_TERMINATED if isinstance(stopped, Terminated) else EXIT_INTERRUPTED)
    ctx.exit(outcome.code)


@click.command("status")
@run_options
@format_options
def status(
    *,
    name: str | None,
    namespace: str,
    context: str | None,
    form: str,
    log_format: str,
    debug: bool,
) -> None:
    """Say how the latest run is: waiting, at work or at its end, how far, and why not further."""
    from evaluator.deploy.kubernetes.run_status import run_status

    found = run_status(cluster_of(context, "none", log_format, namespace), namespace, name_of(name))
    if form == "json":
        click.echo(found.model_dump_json(indent=1))
        return
    for title, told in _told(found):
        click.echo(f"{title:<11}{_printable(told)}".rstrip())


@click.command("logs")
@run_options
@click.option("--follow", "following", is_flag=True, help="Go on until the job ends.")
@timeout_option(21_600, "the job, with --follow")
@log_options
def logs(
    *,
    name: str | None,
    namespace: str,
    context: str | None,
    following: bool,
    timeout: float,
    log_format: str,
    debug: bool,
) -> None:
    """Print what the latest run wrote, as JSON lines with --log-format json."""
    from evaluator.deploy.kubernetes.job import latest_run
    from evaluator.deploy.kubernetes.logs_of_run import follow_run, written_by
    from evaluator.deploy.kubernetes.patience import Deadline

    cluster = cluster_of(context, "none", log_format, namespace)
    found, _ = latest_run(cluster, namespace, name_of(name))
    show = _shown(log_format, err=False)
    if following:
        follow_run(cluster, found, Deadline(timeout), show)
    else:
        written_by(cluster, found, Deadline(timeout), show)


@click.command("results")
@click.argument("folder", type=FILE)
@run_options
@timeout_option(600, "the copying")
@log_options
def results(
    *,
    folder: Path,
    name: str | None,
    namespace: str,
    context: str | None,
    timeout: float,
    log_format: str,
    debug: bool,
) -> None:
    """Copy the run directory of the latest run into FOLDER, and check that all of it arrived."""
    from evaluator.deploy.kubernetes.patience import Deadline
    from evaluator.deploy.kubernetes.results import fetch_results

    cluster = cluster_of(context, "none", log_format, namespace)
    files = fetch_results(cluster, namespace, name_of(name), folder, Deadline(timeout))
    logger.info("%s holds the results, %d files", folder, files)


def _shown(log_format: str, *, err: bool) -> Callable[[str], None]:
    """Return what prints a line of a job's log."""
    from evaluator.deploy.kubernetes.log_line import readable

    return lambda line: click.echo(line if log_format == "json" else readable(line), err=err)


def _told(found: "RunStatus") -> list[tuple[str, str]]:
    """Return the lines of a status: what each is about, and what there is."""
    ended = "" if found.exit_code is None else f", exit code {found.exit_code}"
    reason = f" ({found.reason}{ended})" if found.reason else ""
    lines = [("job", f"{found.job} in {found.namespace}"), ("state", f"{found.state}{reason}")]
    if found.message:
        lines.append(("message", found.message))
    if found.tries > 1:
        lines.append(("tries", str(found.tries)))
    for bar in found.progress:
        of_total = "" if bar.total is None else f" of {bar.total}"
        drawn = "" if bar.percent is None else f"{_bar(bar.percent)} {bar.percent:g} %, "
        left = f", {bar.seconds_left:.0f} s left" if bar.seconds_left else ""
        lines.append((bar.stage, f"{drawn}{bar.done}{of_total} {bar.unit}{left}"))
    return [*lines, *(("warning", warning) for warning in found.warnings)]


def _bar(percent: float) -> str:
    """Return a bar of so many percent."""
    full = int(percent / 100 * BAR_WIDTH)
    return "█" * full + "░" * (BAR_WIDTH - full)


def _printable(text: str) -> str:
    """Return a text without what could steer a terminal."""
    return "".join(one if one.isprintable() else " " for one in text)
