"""`evaluator doctor`."""

import os
import sys
from typing import Any

import click

from evaluator.cli.options import (
    max_seconds_option,
    output_options,
)
from evaluator.cli.run import run_options


@click.command("doctor")
@run_options
@max_seconds_option(120.0)
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    config_file: Any,
    max_seconds: float,
    form: str,
    log_format: str,
    debug: bool,
    **flags: Any,
) -> None:
    """Check every step from here to a verdict, with the options of `evaluator run`.

    Says of each step what was found, and at a broken one what to do; nothing is kept. Without a
    model or data those steps are skipped. Ends with the code that a run would end with.
    """
    from rich.console import Console

    from evaluator.cli.progress import progress_for, pull_progress
    from evaluator.report.diagnosis import Finding, diagnosis_of
    from evaluator.report.diagnosis_lines import FindingLines
    from evaluator.run.configuration import settings_from
    from evaluator.run.doctor.diagnosing import diagnose
    from evaluator.run.doctor.surroundings import surroundings
    from evaluator.run.doctor.walking import Walk
    from evaluator.run.fetching import with_inputs_here
    from evaluator.run.settings import DoctorSettings

    lines = FindingLines(Console())
    walk = Walk(max_seconds)
    findings: list[Finding] = []
    with pull_progress(progress_for(log_format)) as pull:
        read = lambda: with_inputs_here(settings_from(DoctorSettings, config_file, flags))  # noqa: E731
        for finding in diagnose(read, pull, walk, surroundings()):
            findings.append(finding)
            if form == "table":
                lines.show(finding)
    diagnosis = diagnosis_of(findings)
    if form == "json":
        click.echo(diagnosis.model_dump_json(indent=1))
    if walk.left_behind:  # what hangs would keep the process from its end
        sys.stdout.flush()
        os._exit(diagnosis.exit_code)
    ctx.exit(diagnosis.exit_code)
