"""Running a command's work: settings in, progress out, the result printed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from evaluator.backends.protocol import PullProgress
from evaluator.cli.progress import progress_for, pull_progress
from evaluator.cli.termination import tell_ending
from evaluator.errors import EXIT_GATE_FAILED, EXIT_UNSCORED
from evaluator.report.ending import ending_of
from evaluator.report.summary import Gate
from evaluator.run.configuration import AnySettings, settings_from
from evaluator.run.pipeline import Finished
from evaluator.run.progress import Progress


def evaluate(
    kind: type[AnySettings],
    work: Callable[[AnySettings, Progress, PullProgress], Finished],
    flags: Mapping[str, Any],
    *,
    config_file: Path | None,
    form: str,
    log_format: str,
) -> int:
    """Do a command's work and print its summary.

    Args:
        kind: The command's settings.
        work: The command's work.
        flags: The command's flags; None where one was not given.
        config_file: Where settings are read that no flag gives.
        form: `table` or `json`.
        log_format: `text` or `json`.

    Returns:
        The exit code.
    """
    progress = progress_for(log_format)
    settings = settings_from(kind, config_file, flags)
    with pull_progress(progress) as pull:
        finished = work(settings, progress, pull)
    code = _code_of(finished.summary.gate)
    tell_ending(ending_of(finished.summary, code))
    _show(finished, form)
    return code


def _code_of(gate: Gate) -> int:
    if gate.passed:
        return 0
    return EXIT_UNSCORED if gate.too_many_unscored else EXIT_GATE_FAILED


def show_paths(paths: list[Path]) -> None:
    """Print where files were written, one a line."""
    click.echo("\nWritten:")
    for path in paths:
        click.echo(f"  {path}")


def _show(finished: Finished, form: str) -> None:
    if form == "json":
        click.echo(finished.summary.model_dump_json(indent=1, by_alias=True))
        return
    from rich.console import Console

    from evaluator.report.terminal import print_summary

    print_summary(finished.summary, Console())
    directory = finished.directory
    on_request = [path for path in (directory.reasons_file, directory.junit_file) if path.exists()]
    show_paths(
        [
            directory.page_file,
            directory.report_file,
            directory.summary_file,
            directory.cases_file,
            directory.pairs_file,
            directory.matrix_file,
            directory.deepeval_file,
            *on_request,
        ]
    )
