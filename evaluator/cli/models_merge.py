"""`evaluator models merge`."""

from pathlib import Path

import click

from evaluator.cli.models_options import GIB, memory_option
from evaluator.cli.options import FILE, format_options


@click.command("merge")
@click.argument("adapter", type=FILE)
@click.option("--base", metavar="PATH_OR_NAME", help="The adapter's base model [its own].")
@click.option("--out", type=FILE, required=True, help="The directory to write, absent or empty.")
@memory_option
@format_options
def merge(
    *,
    adapter: Path,
    base: str | None,
    out: Path,
    memory: float | None,
    form: str,
    log_format: str,
    debug: bool,
) -> None:
    """Merge a LoRA adapter into its base model, and check that both do the same.

    Weights keep the base's types and go through memory in blocks, so that the model may be larger
    than the memory. The directory appears when it is whole and compared; a merged classifier is
    what `evaluator run --model-path` takes.
    """
    from evaluator.cli.progress import progress_for
    from evaluator.models.machine import memory_here
    from evaluator.models.merging import merge_adapter

    progress = progress_for(log_format)
    permitted = memory_here() // 2 if memory is None else round(memory * GIB)
    report = merge_adapter(adapter, base, out, permitted, progress)
    if form == "json":
        click.echo(report.model_dump_json(indent=1))
        return
    click.echo(
        f"{report.out}: {report.parameters:,} parameters in {report.files} file(s), "
        f"{report.changed} weights changed, {report.brought} brought by the adapter, "
        f"{report.seconds:.1f} s"
    )
    click.echo(report.check.sentence)
