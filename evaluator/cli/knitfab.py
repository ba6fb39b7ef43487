"""`evaluator knitfab`."""

from pathlib import Path

import click

from evaluator.cli.options import FILE, debug_option


@click.group("knitfab")
def command() -> None:
    """Write plans for Knitfab, and check them."""


@command.command("lint")
@click.argument("plan", type=FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="A line for each finding, or JSON [text].",
)
@debug_option
@click.pass_context
def lint(ctx: click.Context, /, plan: Path, form: str, debug: bool) -> None:
    """Say what Knitfab would drop or refuse of a plan, line by line.

    Ends with 2 if there is anything of that kind; warnings alone end with 0.
    """
    import json

    from evaluator.deploy.knitfab.lint import lint_file

    findings = lint_file(plan)
    if form == "json":
        content = [{"file": str(plan), **one.model_dump()} for one in findings]
        click.echo(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        for one in findings:
            click.echo(f"{plan}:{one.line}: {one.consequence}: {one.message}")
    ctx.exit(2 if any(one.is_error for one in findings) else 0)
