"""`evaluator agreement`."""

from pathlib import Path

import click

from evaluator.cli.options import FILE, LOCATION, format_options, run_argument, seed_option


@click.command("agreement")
@run_argument
@click.option(
    "--labels",
    type=LOCATION,
    required=True,
    help="Human ratings: a table of id,human or of predicted,gold,human.",
)
@click.option(
    "--save-calibration",
    type=FILE,
    help="Fit a calibration to the rated pairs and write it to this file.",
)
@seed_option
@format_options
def command(
    *,
    run: Path,
    labels: Path,
    save_calibration: Path | None,
    seed: int,
    form: str,
    log_format: str,
    debug: bool,
) -> None:
    """Say how far the verdicts of RUN, a run directory or matrix.json, agree with people."""
    from rich.console import Console

    from evaluator.cli.progress import progress_for
    from evaluator.report.agreement_table import print_agreement
    from evaluator.run.agreeing import compare_with_people

    progress_for(log_format)
    report = compare_with_people(run, labels, save_calibration, seed)
    if form == "json":
        click.echo(report.model_dump_json(indent=1))
        return
    print_agreement(report, Console())
