"""`evaluator bench`."""

from typing import Any

import click

from evaluator.cli.options import (
    max_seconds_option,
    naming_options,
    option,
    output_options,
    rubric_option,
    timeout_option,
)


@click.command("bench")
@option(
    "--endpoint",
    metavar="NAME=URL|SPEC",
    multiple=True,
    callback=lambda context, parameter, given: given or None,
    help="A judge to measure: that of --judge at an address, or another; repeat it to compare.",
)
@naming_options
@rubric_option
@timeout_option
@option("--rounds", type=int, metavar="N", help="Times that everything is measured [3].")
@option("--max-concurrency", type=int, metavar="N", help="Most questions in flight [8].")
@option("--max-calls", type=int, metavar="N", help="Questions to ask at most, of all [300].")
@max_seconds_option(120.0)
@option("--unload", is_flag=True, help="Free the model first, to measure loading; Ollama only.")
@output_options
def command(
    *,
    config_file: Any,
    max_seconds: float,
    form: str,
    log_format: str,
    debug: bool,
    **flags: Any,
) -> None:
    """Measure how fast judges answer, side by side on the same questions.

    Several endpoints take turns, and the first is what the others are held against.
    """
    from evaluator.cli.progress import progress_for, pull_progress
    from evaluator.run.bench.benching import bench
    from evaluator.run.configuration import settings_from
    from evaluator.run.fetching import with_inputs_here
    from evaluator.run.settings import BenchSettings

    progress = progress_for(log_format)
    settings = with_inputs_here(settings_from(BenchSettings, config_file, flags))
    with pull_progress(progress) as pull:
        measured = bench(settings, max_seconds, pull, progress)
    if form == "json":
        click.echo(measured.model_dump_json(indent=1))
        return
    from rich.console import Console

    from evaluator.report.benchmark_table import print_benchmark

    print_benchmark(measured, Console())
