"""`evaluator agreement sample`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evaluator.cli.options import FILE, log_options, run_argument, seed_option

if TYPE_CHECKING:
    from evaluator.run.human_labels import Draw


@click.command("agreement sample")
@run_argument
@click.option("--n", type=click.IntRange(min=1), default=200, help="How many to draw [200].")
@click.option(
    "--how",
    type=click.Choice(["random", "uncertain"]),
    required=True,
    help="Cases at random, to correct scores, or pairs in doubt, to calibrate the judge.",
)
@click.option("--output", type=FILE, required=True, help="The .csv file for the raters.")
@seed_option
@log_options
def command(
    *, run: Path, n: int, how: "Draw", output: Path, seed: int, log_format: str, debug: bool
) -> None:
    """Draw from RUN what is worth a human rating, without the judge's verdicts.

    A file of the same kind of draw is continued; the two kinds are never mixed.
    """
    from evaluator.cli.progress import progress_for
    from evaluator.run.drawing import draw_for_rating

    progress_for(log_format)
    drawn = draw_for_rating(run, n, how, seed, output)
    things = "cases" if how == "random" else "pairs"
    click.echo(
        f"{drawn.added} {things} were added to {output}, which holds {drawn.before + drawn.added}. "
        "Fill in its column `human` with same, related or unrelated."
    )
