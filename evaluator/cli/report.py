"""`evaluator report`."""

from pathlib import Path

import click

from evaluator.cli.options import FILE, format_options, run_argument


@click.command("report")
@run_argument
@click.option(
    "--output",
    type=FILE,
    multiple=True,
    help="Write this report alone, as its name ends: .html, .md or .xml (JUnit); repeatable.",
)
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@format_options
def command(
    *, run: Path, output: tuple[Path, ...], show: bool, form: str, log_format: str, debug: bool
) -> None:
    """Make the reports of RUN, a run directory, again from what it holds."""
    import webbrowser

    from rich.console import Console

    from evaluator.cli.execution import show_paths
    from evaluator.cli.progress import progress_for
    from evaluator.report.terminal import print_summary
    from evaluator.run.rendering import render

    if show and output and not any(map(_is_page, output)):
        raise click.UsageError("--open needs an --output that ends in .html.")
    progress_for(log_format)
    rendered = render(run, output)
    if form == "json":
        click.echo(rendered.summary.model_dump_json(indent=1, by_alias=True))
    else:
        print_summary(rendered.summary, Console())
        show_paths(list(rendered.files))
    if show:
        page = next(filter(_is_page, rendered.files))
        if not webbrowser.open(page.resolve().as_uri()):
            click.echo(f"No browser could be started; open {page} in one.", err=True)


def _is_page(file: Path) -> bool:
    return file.suffix.lower() == ".html"
