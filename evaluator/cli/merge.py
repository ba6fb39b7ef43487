"""`evaluator merge`."""

from pathlib import Path
from typing import Any

import click

from evaluator.cli.options import (
    LOCATION,
    bound_options,
    format_options,
    gate_options,
    option,
    overrides_option,
)


@click.command("merge")
@click.argument("sources", type=LOCATION, nargs=-1, required=True, metavar="ROOT|DIR...")
@option("--save-to", type=LOCATION, help="Where the run is written [ROOT].")
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
    unless it is told here.
    """
    from evaluator.cli.execution import conclude_command
    from evaluator.cli.progress import progress_for
    from evaluator.run.merging import merge_shards

    progress = progress_for(log_format)
    given = {name: value for name, value in flags.items() if value is not None}
    ctx.exit(conclude_command(merge_shards(sources, save_to, given, progress), form))
