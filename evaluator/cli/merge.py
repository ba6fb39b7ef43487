"""`evaluator merge`."""

from pathlib import Path
from typing import Any

import click

from evaluator.cli.options import (
    LOCATION,
    bound_options,
    format_options,
    gate_options,
    naming_options,
    option,
    overrides_option,
    patience_options,
)


@click.command("merge")
@click.argument("sources", type=LOCATION, nargs=-1, required=True, metavar="ROOT|DIR...")
@option("--save-to", type=LOCATION, help="Where the run is written [ROOT].")
@naming_options
@patience_options
@overrides_option
@bound_options
@gate_options
@format_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    sources: tuple[Path, ...],
    save_to: Path | None,
    form: str,
    log_format: str,
    debug: bool,
    **flags: Any,
) -> None:
    """Make one run of its shards: those below ROOT, or those in every DIR.

    What is applied at the end (threshold, gates, overrides, junit.xml) is as the shards were told,
    unless it is told here. The judge is asked where the shards could not: about articles, for
    reasons, and about the pairs that are met of more than 64 labels.
    """
    from evaluator.cli.execution import conclude_command
    from evaluator.cli.progress import progress_for, pull_progress
    from evaluator.run.merging import merge_shards

    progress = progress_for(log_format)
    given = {name: value for name, value in flags.items() if value is not None}
    with pull_progress(progress) as pull:
        finished = merge_shards(sources, save_to, given, progress, pull)
    ctx.exit(conclude_command(finished, form))
