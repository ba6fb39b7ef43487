"""Running a command's work: settings in, progress out, the result printed."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from evaluator.backends.protocol import PullProgress
from evaluator.cli.progress import progress_for, pull_progress
from evaluator.cli.shard_ending import show_shard
from evaluator.cli.stopping import within
from evaluator.cli.termination import tell_ending
from evaluator.deploy.knitfab.obeying import obey
from evaluator.errors import EXIT_GATE_FAILED, EXIT_UNSCORED
from evaluator.report.ending import ending_of
from evaluator.report.gates import gate_line
from evaluator.report.summary import Gate
from evaluator.run.configuration import settings_from
from evaluator.run.fetching import with_inputs_here
from evaluator.run.pipeline import Finished
from evaluator.run.progress import Progress
from evaluator.run.settings import CaseSettings
from evaluator.run.sharding import FinishedShard
from evaluator.storage.location import named

logger = logging.getLogger(__name__)

AnyCaseSettings = TypeVar("AnyCaseSettings", bound=CaseSettings)


def evaluate(
    kind: type[AnyCaseSettings],
    work: Callable[[AnyCaseSettings, Progress, PullProgress], Finished | FinishedShard],
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
    if settings.knitfab:
        obey()
    with within(settings.deadline), pull_progress(progress) as pull:
        finished = work(with_inputs_here(settings), progress, pull)
    if isinstance(finished, FinishedShard):
        show_shard(finished, form)
        return 0
    return conclude_command(finished, form, in_knitfab=settings.knitfab)


def conclude_command(finished: Finished, form: str, *, in_knitfab: bool = False) -> int:
    """Print the summary of a run, tell Kubernetes of it, and return the exit code."""
    code = _code_of(finished.summary.gate, in_knitfab=in_knitfab)
    tell_ending(ending_of(finished.summary, code))
    _show(finished, form)
    return code


def _code_of(gate: Gate, *, in_knitfab: bool) -> int:
    """Return how the command ends; what a gate says of the model is a result in Knitfab, too.

    A want of verdicts says nothing of the model, and stays a failure.
    """
    if gate.passed:
        return 0
    if gate.too_many_unscored:
        return EXIT_UNSCORED
    if in_knitfab:
        logger.warning(
            "%s Ending with 0 all the same: in Knitfab nobody can use the results of a failed Run.",
            gate_line(gate),
        )
        return 0
    return EXIT_GATE_FAILED


def show_paths(paths: list[Path]) -> None:
    """Print where files were written, one a line."""
    click.echo("\nWritten:")
    for path in paths:
        click.echo(f"  {named(path)}")


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
