"""`evaluator judge`."""

from typing import Any

import click

from evaluator.cli.options import (
    LOCATION,
    case_options,
    option,
    output_options,
    place_options,
    together,
)

prediction_options = together(
    option("--predictions", type=LOCATION, help="Predictions in a .csv, .jsonl or .parquet file."),
    option("--predicted-column", metavar="NAME", help="Column of the predicted labels."),
    option("--gold-column", metavar="NAME", help="Column of the gold labels."),
    option("--id-column", metavar="NAME", help="Column of the case ids."),
    option("--confidence-column", metavar="NAME", help="Column of the model's confidence."),
    option(
        "--text-column",
        metavar="NAME",
        help="Column of the articles, for reports and --show-article.",
    ),
    option("--labels", type=LOCATION, help="Label names or a glossary [the labels in the file]."),
)


@click.command("judge")
@prediction_options
@case_options
@place_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, config_file: Any, form: str, log_format: str, debug: bool, **flags: Any
) -> None:
    """Judge predictions that another program made; needs no torch."""
    from evaluator.cli.execution import evaluate
    from evaluator.run.pipeline import judge_predictions
    from evaluator.run.settings import JudgeSettings

    code = evaluate(
        JudgeSettings,
        judge_predictions,
        flags,
        config_file=config_file,
        form=form,
        log_format=log_format,
    )
    ctx.exit(code)
