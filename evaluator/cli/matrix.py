"""`evaluator matrix`."""

from typing import Any

import click

from evaluator.cli.options import LOCATION, judge_options, option, output_options, result_options
from evaluator.errors import EXIT_GATE_FAILED, EXIT_UNSCORED


@click.command("matrix")
@option("--labels", type=LOCATION, help="One label a line, or a glossary YAML.")
@judge_options
@result_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, config_file: Any, form: str, log_format: str, debug: bool, **flags: Any
) -> None:
    """Judge every pair of a label set and keep the verdicts for later runs."""
    from rich.console import Console

    from evaluator.cli.execution import show_paths
    from evaluator.cli.progress import progress_for, pull_progress
    from evaluator.judge.matrix_file import matrix_json
    from evaluator.report.grid import print_matrix
    from evaluator.report.reliability import doubts, reliability
    from evaluator.run.configuration import settings_from
    from evaluator.run.fetching import with_inputs_here
    from evaluator.run.pipeline import judge_label_set
    from evaluator.run.settings import MatrixSettings

    progress = progress_for(log_format)
    settings = with_inputs_here(settings_from(MatrixSettings, config_file, flags))
    with pull_progress(progress) as pull:
        judged = judge_label_set(settings, progress, pull)
    if form == "json":
        click.echo(matrix_json(judged.matrix))
    else:
        print_matrix(judged.matrix, Console())
        show_paths([judged.directory.matrix_file, judged.directory.pairs_file])
    share = judged.matrix.unanswered_share
    if share > settings.max_unscored:
        reasons = ", ".join(sorted(set(judged.matrix.unanswered.values())))
        click.echo(f"{share:.1%} of the pairs are unanswered: {reasons}.", err=True)
        ctx.exit(EXIT_UNSCORED)
    if settings.min_judge_auc is not None:
        doubtful = doubts(reliability(judged.matrix), settings.min_judge_auc)
        if doubtful:
            click.echo(f"Gate failed: {'; '.join(doubtful)}.", err=True)
            ctx.exit(EXIT_GATE_FAILED)
