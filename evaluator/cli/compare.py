"""`evaluator compare`."""

from pathlib import Path

import click

from evaluator.cli.options import FILE, LOCATION, format_options, seed_option
from evaluator.errors import EXIT_GATE_FAILED


@click.command("compare")
@click.argument("runs", metavar="RUN_A RUN_B...", nargs=-1, required=True, type=LOCATION)
@click.option(
    "--output",
    "outputs",
    type=FILE,
    multiple=True,
    help="Write the comparison to this .html, .md or .json file; may be repeated.",
)
@click.option(
    "--fail-on-regression",
    is_flag=True,
    envvar="EVALUATOR_FAIL_ON_REGRESSION",
    help="End with exit code 1 where a run is worse than RUN_A.",
)
@seed_option
@format_options
def command(
    *,
    runs: tuple[Path, ...],
    outputs: tuple[Path, ...],
    fail_on_regression: bool,
    seed: int,
    form: str,
    log_format: str,
    debug: bool,
) -> int:
    """Say whether RUN_B, and each further run, is better than RUN_A on the same cases.

    Each RUN is the directory of an `evaluator run` or `evaluator judge`. Runs whose judge, rubric,
    data or sample differ are refused.
    """
    from rich.console import Console

    from evaluator.cli.execution import show_paths
    from evaluator.cli.progress import progress_for
    from evaluator.report.comparison_table import print_comparison
    from evaluator.report.comparison_wording import regression
    from evaluator.run.comparing import compare_runs
    from evaluator.run.comparison_files import require_known_forms, write_comparison

    progress_for(log_format)
    require_known_forms(outputs)
    report = compare_runs(runs, seed)
    for path in outputs:
        write_comparison(report, path)
    if form == "json":
        click.echo(report.model_dump_json(indent=1))
    else:
        print_comparison(report, Console())
        if outputs:
            show_paths([*outputs])
    if not fail_on_regression or not report.regressed:
        return 0
    for one in report.regressed:
        click.echo(f"Failed on regression: {regression(one, report)}.", err=True)
    return EXIT_GATE_FAILED
