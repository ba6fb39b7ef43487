"""`evaluator models lint`."""

from pathlib import Path

import click

from evaluator.cli.options import FILE, debug_option


@click.command("lint")
@click.argument("modelfile", type=FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="A line for each finding, or JSON [text].",
)
@debug_option
@click.pass_context
def lint(ctx: click.Context, /, modelfile: Path, form: str, debug: bool) -> None:
    """Say what is wrong with a Modelfile, line by line.

    Ends with 2 if anything would be refused or mean something else; warnings alone end with 0.
    """
    import json

    from evaluator.models.modelfile_lint import lint as findings_of
    from evaluator.models.modelfile_lint import read_modelfile

    findings = findings_of(read_modelfile(modelfile), modelfile.parent)
    if form == "json":
        content = [{"file": str(modelfile), **one.model_dump()} for one in findings]
        click.echo(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        for one in findings:
            click.echo(f"{modelfile}:{one.line}: {one.severity}: {one.message}")
    ctx.exit(2 if any(one.is_error for one in findings) else 0)
