"""`evaluator rubric`."""

import click

from evaluator.cli.options import debug_option


@click.group("rubric")
def command() -> None:
    """Show judging rules, and check your own."""


@command.command("list")
@debug_option
def list_rubrics(debug: bool) -> None:
    """List the built-in rubrics: name, language, criteria."""
    from evaluator.judge.rubric_file import load_rubric, rubric_names

    for name in rubric_names():
        rubric = load_rubric(name)
        click.echo(f"{rubric.name}  {rubric.language}  {rubric.criteria}")


@command.command("show")
@click.argument("name_or_path")
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    help="The file with an example of every prompt, or all that it says as JSON [yaml].",
)
@debug_option
def show(name_or_path: str, form: str, debug: bool) -> None:
    """Show a rubric and how a judge reads it.

    `evaluator rubric show category-relevance > mine.yaml` makes a file to write your own in.
    """
    from evaluator.judge.rubric_file import load_rubric
    from evaluator.judge.rubric_view import rubric_page

    if form == "json":
        click.echo(load_rubric(name_or_path).model_dump_json(indent=1))
    else:
        click.echo(rubric_page(name_or_path))


@command.command("check")
@click.argument("name_or_path")
@debug_option
def check(name_or_path: str, debug: bool) -> None:
    """Check a rubric, and say what in it a judge may stumble over."""
    from evaluator.judge.rubric_check import doubts
    from evaluator.judge.rubric_file import load_rubric

    rubric = load_rubric(name_or_path)
    for doubt in doubts(rubric):
        click.echo(f"Warning: {doubt}", err=True)
    for form in rubric.forms:
        click.echo(f"ok  {rubric.name}  {form.name}  sha256:{rubric.prompt_hash_of(form)}")
