"""`evaluator models drift`."""

from pathlib import Path
from typing import Any

import click

from evaluator.cli.models_options import ca_option
from evaluator.cli.options import (
    FILE,
    format_options,
    option,
    rubric_option,
    seed_option,
    timeout_option,
)


@click.command("drift")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--labels", type=FILE, help="The labels to judge [those of a matrix, or the reference pairs]."
)
@rubric_option
@ca_option
@option("--concurrency", type=int, help="Questions in flight at a server [found by itself].")
@timeout_option
@option("--retries", type=int, help="Further attempts at a failed question [6].")
@option("--pull", is_flag=True, help="Pull a judge's model if its server lacks it.")
@seed_option
@format_options
def drift(
    *,
    first: str,
    second: str,
    labels: Path | None,
    seed: int,
    form: str,
    log_format: str,
    debug: bool,
    **asked: Any,
) -> None:
    """Say how far judge B is from judge A, such as a quantized model from the one it was made of.

    Each is a judge's name, as for --judge, or a matrix.json or the directory that it is in. The
    judges are asked the same questions in turns.
    """
    from rich.console import Console

    from evaluator.cli.progress import progress_for, pull_progress
    from evaluator.models.drift.drifting import drift as measured
    from evaluator.models.drift.table import print_drift
    from evaluator.run.configuration import settings_from
    from evaluator.run.settings import Settings

    progress = progress_for(log_format)
    settings = settings_from(Settings, None, {**asked, "seed": seed})
    with pull_progress(progress) as pull:
        report = measured((first, second), labels, settings, pull, progress)
    if form == "json":
        click.echo(report.model_dump_json(indent=1))
    else:
        print_drift(report, Console())
