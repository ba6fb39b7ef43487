"""`evaluator models lint`."""

from pathlib import Path

import click

from evaluator.cli.findings import findings_option, print_findings
from evaluator.cli.options import FILE, debug_option


@click.command("lint")
@click.argument("modelfile", type=FILE)
@findings_option
@debug_option
@click.pass_context
def lint(ctx: click.Context, /, modelfile: Path, form: str, debug: bool) -> None:
    """Say what is wrong with a Modelfile, line by line.

    Ends with 2 if anything would be refused or mean something else; warnings alone end with 0.
    """
    from evaluator.models.modelfile_lint import lint as findings_of
    from evaluator.models.modelfile_lint import read_modelfile

    findings = findings_of(read_modelfile(modelfile), modelfile.parent)
    ctx.exit(print_findings(modelfile, findings, form))
